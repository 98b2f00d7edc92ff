//! What reading a hostile body takes: WebAssembly memory never shrinks, so one body must not make it large.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Reply, request, send};
use hostile::{BODIES, LARGEST};
use http::Method;
use platform_native::memory::World;

/// Bytes that may be allocated at one time for one request.
const MOST: u64 = 8 << 20;

/// The reply to a body, and the most bytes that were allocated at one time meanwhile.
fn measured(path: &str, body: Vec<u8>) -> (Reply, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let headers = [("content-type", "application/json")];
    let mut reply = None;
    let used = allocation_counter::measure(|| {
        let request = request(Method::POST, path, &headers, body);
        reply = Some(runtime.block_on(send(&World::default(), request)));
    });
    (reply.unwrap(), used.bytes_max)
}

#[test]
fn no_hostile_body_takes_much_memory() {
    for hostile in BODIES {
        for path in ["/object", "/small", "/bytes"] {
            let body = hostile.object();
            assert!(
                body.len() <= LARGEST && body.len() > LARGEST / 8,
                "{}: {} bytes",
                hostile.name,
                body.len()
            );
            let (reply, most) = measured(path, body);
            assert!(most < MOST, "{path}, {}: {most} bytes", hostile.name);
            assert!(
                reply.body.len() < 40_000 || reply.status == 200,
                "{path}, {}: {}",
                hostile.name,
                reply.body.len()
            );
        }
    }
}

#[test]
fn the_largest_body_that_is_meant_well_is_read() {
    let (reply, most) = measured("/object", hostile::largest_legitimate());
    assert_eq!(reply.status, 200, "{}", reply.text());
    // Its own bytes, the tree of them, and this test's reply.
    assert!(most < 2 * MOST, "{most} bytes");
}

#[test]
fn a_path_that_needs_little_reads_little() {
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(65_536));
    let (reply, _) = measured("/small", body.into_bytes());
    assert_eq!(reply.refused(413), "BODY_TOO_LARGE");
    assert!(reply.text().contains("64 KiB"), "{}", reply.text());
}

#[test]
fn what_there_is_too_much_of_is_named_with_its_limit_and_a_remedy() {
    for (name, told) in [
        ("many empty lists", "100 objects and lists"),
        ("many unknown names", "500 members"),
        ("one long text", "524288 bytes of names and texts"),
    ] {
        let hostile = BODIES.iter().find(|hostile| hostile.name == name).unwrap();
        let (reply, _) = measured("/object", hostile.object());
        assert_eq!(reply.refused(422), "INVALID_REQUEST", "{name}");
        let text = reply.text();
        assert!(
            text.contains(told) && text.contains("Send numbers in place of constant vectors"),
            "{name}: {text}"
        );
    }
}
