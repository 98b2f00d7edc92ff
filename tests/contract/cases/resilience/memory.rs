//! How large an instance becomes: Cloudflare ends one at 128 MB, and WebAssembly memory never shrinks.

use std::env;

use contract::platforms::{Controlled, Instances, Platform};
use serde_json::json;

use super::Named;

pub(super) const CASES: [Named; 1] =
    [("no_hostile_body_makes_an_instance_larger_than_32_mb", no_hostile_body_makes_an_instance_large)];

const MOST: usize = 32_000_000;

fn no_hostile_body_makes_an_instance_large(platform: &'static Platform) {
    let site = super::site(platform, Instances::Forgetful);
    let server = site.start(&[("BUNDLED_NETWORK", "true")]);
    let forecast = json!({}).to_string().into_bytes();
    measure(platform, &server, "an ordinary forecast", "/simulate", forecast);
    for hostile in hostile::BODIES {
        measure(platform, &server, hostile.name, "/simulate", hostile.object());
        measure(platform, &server, hostile.name, "/mcp", hostile.call());
    }
    measure(platform, &server, "the largest that is meant well", "/simulate", hostile::largest_legitimate());
}

/// `CONTRACT_FIGURES=yes` prints what each body takes.
fn measure(platform: &Platform, server: &Controlled, name: &str, path: &str, body: Vec<u8>) {
    server.forget();
    let reply =
        server.service.post(path).header("content-type", "application/json").body(body).send_unchecked();
    let reply = reply.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(reply.status < 500, "{path}, {name}: {}", reply.status);
    let bytes = server.memory();
    if env::var_os("CONTRACT_FIGURES").is_some() {
        eprintln!("{} {path} {name}: {:.1} MB, {}", platform.name, bytes as f64 / 1e6, reply.status);
    }
    assert!(bytes <= MOST, "{path}, {name}: the instance has {bytes} bytes");
}
