//! Webhooks, told to a receiver of the case's own.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, extract::State, http::HeaderMap, routing::post};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use contract::{
    http::{Client, RUNTIME},
    platforms::Platform,
    scene::ADMIN_KEY,
    suite::{Ask, Case},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{JOBS, PATIENCE, Somebody, start};

pub(crate) fn cases() -> Vec<Case> {
    let told: Ask = Ask::Platform(a_receiver_is_told_until_it_takes_the_event);
    let refused = Ask::Platform(addresses_that_are_not_public_are_refused);
    let name = |name: &str| format!("{}::{name}", module_path!());
    vec![
        Case { name: name("a_receiver_is_told_until_it_takes_the_event"), ask: told },
        Case { name: name("addresses_that_are_not_public_are_refused"), ask: refused },
    ]
}

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The messages that a receiver got, and how many more it refuses.
pub(crate) type Received = Arc<Mutex<(Vec<(HeaderMap, String)>, usize)>>;

async fn receive(State(received): State<Received>, headers: HeaderMap, body: String) -> StatusCode {
    let mut received = received.lock().expect("a lock");
    received.0.push((headers, body));
    if received.1 == 0 {
        return StatusCode::NO_CONTENT;
    }
    received.1 -= 1;
    StatusCode::SERVICE_UNAVAILABLE
}

/// A receiver that refuses the first messages, and what it got.
pub(crate) fn receiver(failures: usize) -> (String, Received) {
    let received = Received::new(Mutex::new((Vec::new(), failures)));
    let app = Router::new().route("/hook", post(receive)).with_state(received.clone());
    let listener = RUNTIME.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    RUNTIME.spawn(async move { axum::serve(listener, app).await });
    (url, received)
}

fn a_receiver_is_told_until_it_takes_the_event(platform: &'static Platform) {
    let (url, received) = receiver(2);
    let settings = [("WEBHOOK_SECRET", SECRET), ("ALLOW_INSECURE_WEBHOOKS", "true")];
    let (running, client) = start(platform, &settings);
    let somebody = Somebody::made(&client, ADMIN_KEY, &["read", "jobs"]);
    let input = json!({"forecast_length_days": 30, "output": "circ_supply"});
    let reply =
        somebody.post(JOBS, &json!({"tool": "simulate", "input": input, "webhook_url": url})).expect(202);
    let path = super::path_of(&reply);
    let since = Instant::now();
    let deliveries = loop {
        let all = somebody.get(&format!("{path}/deliveries")).ok()["deliveries"].clone();
        let taken = all
            .as_array()
            .is_some_and(|all| all.len() == 2 && all.iter().all(|one| one["status"] == "delivered"));
        if taken {
            break all;
        }
        assert!(since.elapsed() < PATIENCE, "{all}");
        thread::sleep(Duration::from_millis(50));
    };
    let attempts = |one: &Value| one["attempts"].as_array().map_or(0, Vec::len);
    assert_eq!(attempts(&deliveries[0]) + attempts(&deliveries[1]), 4, "two were refused: {deliveries}");
    let messages = received.lock().expect("a lock").0.clone();
    assert_eq!(messages.len(), 4);
    assert!(
        messages.iter().all(|(headers, _)| headers.contains_key("content-length")),
        "many receivers need it"
    );
    for one in deliveries.as_array().expect("a list") {
        let id = one["webhook_id"].as_str().expect("an id");
        let sent: Vec<_> = messages.iter().filter(|(headers, _)| headers["webhook-id"] == id).collect();
        assert_eq!(sent.len(), attempts(one), "every attempt has the same id");
        assert!(sent.iter().all(|(_, body)| {
            let body: Value = serde_json::from_str(body).expect("JSON");
            body["type"] == one["type"] && body["data"]["job_id"].is_string()
        }));
        assert!(sent.iter().all(|(headers, _)| headers["webhook-signature"].as_bytes().starts_with(b"v1,")));
    }
    own_secret(&somebody, &client, &url, &received);
    // By hand, once more.
    let number = deliveries[1]["delivery"].as_i64().expect("a number");
    assert_eq!(somebody.post(&format!("{path}/deliveries/{number}/retry"), &json!({})).status, 202);
    let tested = somebody.post("/api/webhooks/test", &json!({"url": url})).ok();
    assert_eq!((&tested["delivered"], &tested["attempt"]["status"]), (&json!(true), &json!(204)));
    let again = format!("{path}/deliveries/999/retry");
    assert_eq!(somebody.post(&again, &json!({})).refused(404).code, "DELIVERY_NOT_FOUND");
    drop(running);
}

/// A key gets a webhook secret of its own and rotates it: what its jobs tell is signed with that, and not with the deployment's.
fn own_secret(somebody: &Somebody, client: &Client, url: &str, received: &Received) {
    let at = "/api/webhooks/secret";
    let signatures = || {
        let _ = somebody.post("/api/webhooks/test", &json!({"url": url})).expect(200);
        let (headers, body) = received.lock().expect("a lock").0.pop().expect("a message");
        let text = |name: &str| headers[name].to_str().expect("text").to_owned();
        let signed = format!("{}.{}.{body}", text("webhook-id"), text("webhook-timestamp"));
        (text("webhook-signature"), signed)
    };
    assert_eq!(somebody.get(at).ok()["has_own"], false);
    assert_eq!(somebody.ask(Method::DELETE, at).send().refused(404).code, "WEBHOOK_SECRET_NOT_FOUND");
    let made = somebody.post(at, &json!({})).expect(201).json();
    let first = made["secret"].as_str().expect("a secret").to_owned();
    assert_eq!(made["former_good_until"], Value::Null);
    let (sent, signed) = signatures();
    assert_eq!(sent, signature(&first, &signed));
    let second = somebody.post(at, &json!({"grace_seconds": 60})).expect(201).json();
    let second = second["secret"].as_str().expect("a secret").to_owned();
    let (sent, signed) = signatures();
    assert_eq!(sent, format!("{} {}", signature(&second, &signed), signature(&first, &signed)));
    let known = somebody.get(at).ok();
    assert!(known["has_own"] == true && known["former_good_until"].is_string(), "{known}");
    assert!(!known.to_string().contains("whsec_"), "it is shown once");
    // Another key has its own.
    let other = Somebody::made(client, ADMIN_KEY, &["read", "jobs"]);
    assert_eq!(other.get(at).ok()["has_own"], false);
    assert_eq!(somebody.post(at, &json!({"grace_seconds": -1})).refused(422).code, "INVALID_REQUEST");
    let audit = client.get("/api/admin/audit").bearer(ADMIN_KEY).send().ok().to_string();
    assert!(audit.contains("webhook_secret_rotated") && !audit.contains(&second), "{audit}");
    assert_eq!(somebody.ask(Method::DELETE, at).send().status, 204);
    let (sent, signed) = signatures();
    assert_eq!(sent, signature(SECRET, &signed), "the deployment's signs again");
}

/// HMAC-SHA256, as the scheme's description has it.
fn signature(secret: &str, signed: &str) -> String {
    let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    mac.update(signed.as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

fn addresses_that_are_not_public_are_refused(platform: &'static Platform) {
    let (running, client) = start(platform, &[("WEBHOOK_SECRET", SECRET)]);
    let somebody = Somebody::made(&client, ADMIN_KEY, &["read", "jobs"]);
    for url in [
        "http://receiver.example.org/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost./",
        "https://user:word@receiver.example.org/",
        "https://receiver.example.org:8443/",
        "ftp://receiver.example.org/",
        "nonsense",
    ] {
        let body = json!({"tool": "simulate", "webhook_url": url});
        let refused = somebody.post(JOBS, &body).refused(422);
        assert_eq!(refused.code, "INVALID_WEBHOOK_URL", "{url}");
        let refused = somebody.post("/api/webhooks/test", &json!({"url": url})).refused(422);
        assert_eq!(refused.code, "INVALID_WEBHOOK_URL", "{url}");
    }
    assert_eq!(somebody.get(JOBS).ok()["jobs"], json!([]));
    drop(running);
}
