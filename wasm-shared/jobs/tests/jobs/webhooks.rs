//! Webhooks: when they are sent, what is in them, and what is done when nobody takes them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap, response::IntoResponse, routing::post};
use http::StatusCode;
use jobs::{
    JobStore, NewJob,
    webhook::{self, DeliveryRecord, Secrets, list, retry, sign},
};
use serde_json::Value;

use crate::common::{LIMITS, SECRET, Scene, job};

/// What a receiver got: headers and body, and what it answers next.
#[derive(Default)]
struct Received {
    messages: Vec<(HeaderMap, String)>,
    failures: usize,
    redirects: bool,
}

type Shared = Arc<Mutex<Received>>;

async fn receive(State(received): State<Shared>, headers: HeaderMap, body: String) -> impl IntoResponse {
    let mut received = received.lock().unwrap();
    received.messages.push((headers, body));
    if received.redirects {
        return (StatusCode::FOUND, [("location", "/elsewhere")]).into_response();
    }
    if received.failures > 0 {
        received.failures -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}

/// A receiver on this machine.
async fn receiver() -> (String, Shared) {
    let shared = Shared::default();
    let app = Router::new().route("/hook", post(receive)).with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, shared)
}

fn messages(received: &Shared) -> Vec<(HeaderMap, String)> {
    received.lock().unwrap().messages.clone()
}

async fn deliveries(scene: &Scene, id: &str) -> Vec<DeliveryRecord> {
    list(&scene.store().await, id).await.unwrap()
}

#[tokio::test]
async fn the_beginning_and_the_end_of_a_job_are_told_and_signed() {
    let (url, received) = receiver().await;
    let scene = Scene::new();
    let id = scene.accept(NewJob { webhook: Some(url), ..job("works", "told", 2) }).await;
    scene.drain().await;
    let got = messages(&received);
    let types: Vec<Value> =
        got.iter().map(|(_, body)| serde_json::from_str::<Value>(body).unwrap()["type"].clone()).collect();
    assert_eq!(types, ["job.processing", "job.completed"]);
    let secrets = Secrets::parse(SECRET).unwrap();
    for (headers, body) in &got {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let timestamp: i64 = header("webhook-timestamp").parse().unwrap();
        assert_eq!(timestamp, scene.now() / 1000);
        assert_eq!(header("webhook-signature"), sign(&secrets, &header("webhook-id"), timestamp, body));
        assert_eq!(serde_json::from_str::<Value>(body).unwrap()["data"]["job_id"], id);
    }
    assert!(
        deliveries(&scene, &id).await.iter().all(|one| one.status == "delivered" && one.attempts.len() == 1)
    );
}

/// The worked example of the scheme's own libraries.
#[test]
fn a_signature_is_that_of_the_schemes_example() {
    let secrets = Secrets::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let signed = sign(&secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn two_secrets_sign_twice_and_what_cannot_be_read_is_none() {
    let one = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    let both = Secrets::parse(&format!("{one} {other}")).unwrap();
    let signed = |secrets: &Secrets| sign(secrets, "msg_1", 1, "{}");
    let alone = [one, other].map(|secret| signed(&Secrets::parse(secret).unwrap()));
    assert_eq!(signed(&both), alone.join(" "));
    for bad in
        ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &[one, one, other].join(",")]
    {
        assert!(Secrets::parse(bad).is_none(), "{bad}");
    }
}

#[tokio::test]
async fn a_receiver_that_fails_three_times_gets_the_fourth_attempt_seven_seconds_after_the_first() {
    let (url, received) = receiver().await;
    received.lock().unwrap().failures = 3;
    let scene = Scene::new();
    let id = scene.accept(NewJob { webhook: Some(url), ..job("works", "patience", 0) }).await;
    jobs::cancel(&scene.platform, &id, &LIMITS).await.unwrap();
    let start = scene.now();
    for _ in 0..8 {
        scene.drain().await;
        scene.pass(Duration::from_secs(1));
    }
    let told = &deliveries(&scene, &id).await[0];
    let times: Vec<i64> = told.attempts.iter().map(|attempt| (attempt.at - start) / 1000).collect();
    assert_eq!((times.as_slice(), told.status.as_str()), ([0, 1, 3, 7].as_slice(), "delivered"));
    let got = messages(&received);
    assert!(got.len() == 4 && got.iter().all(|(headers, _)| headers["webhook-id"] == told.message.as_str()));
}

#[tokio::test]
async fn attempts_are_at_0_1_3_7_seconds_then_1_5_30_minutes_and_the_last_is_a_dead_letter() {
    let (url, received) = receiver().await;
    received.lock().unwrap().failures = usize::MAX;
    let scene = Scene::new();
    let id = scene.accept(NewJob { webhook: Some(url), ..job("works", "schedule", 0) }).await;
    jobs::cancel(&scene.platform, &id, &LIMITS).await.unwrap();
    let start = scene.now();
    scene.drain().await;
    while let Some(due) = deliveries(&scene, &id).await[0].due {
        scene.pass(Duration::from_millis((due - scene.now() - 1).unsigned_abs()));
        assert_eq!(scene.drain().await, 0);
        scene.pass(Duration::from_millis(1));
        assert_eq!(scene.drain().await, 1);
    }
    let told = &deliveries(&scene, &id).await[0];
    let times: Vec<i64> = told.attempts.iter().map(|attempt| (attempt.at - start) / 1000).collect();
    assert_eq!((times.as_slice(), told.status.as_str()), ([0, 1, 3, 7, 60, 300, 1800].as_slice(), "failed"));
    assert!(told.attempts.iter().all(|attempt| attempt.status == Some(500) && attempt.error.is_some()));
    let letters = scene.platform.queue().dead_letters(None, 10).await.unwrap();
    assert!(letters.len() == 1 && letters[0].reason.contains(&told.message), "{letters:?}");
    // By hand, once more.
    received.lock().unwrap().failures = 0;
    assert!(
        retry(&scene.platform, &JobStore::open(&scene.platform).await.unwrap(), &id, told.event)
            .await
            .unwrap()
    );
    scene.drain().await;
    let told = &deliveries(&scene, &id).await[0];
    assert_eq!((told.status.as_str(), told.attempts.len()), ("delivered", 8));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (url, received) = receiver().await;
    received.lock().unwrap().redirects = true;
    let scene = Scene::new();
    let id = scene.accept(NewJob { webhook: Some(url), ..job("works", "redirected", 0) }).await;
    jobs::cancel(&scene.platform, &id, &LIMITS).await.unwrap();
    scene.drain().await;
    assert_eq!(messages(&received).len(), 1);
    let attempt = &deliveries(&scene, &id).await[0].attempts[0];
    assert_eq!(attempt.status, Some(302));
    assert!(attempt.error.as_deref().unwrap().contains("redirect"));
}

#[tokio::test]
async fn an_address_that_may_not_be_sent_to_is_judged_again_before_each_attempt() {
    let scene = Scene::new();
    let hidden = "https://169.254.169.254/latest/".to_owned();
    let id = scene.accept(NewJob { webhook: Some(hidden), ..job("works", "judged", 0) }).await;
    jobs::cancel(&scene.platform, &id, &LIMITS).await.unwrap();
    scene.drain().await;
    let attempt = &deliveries(&scene, &id).await[0].attempts[0];
    assert_eq!(attempt.status, None);
    assert!(attempt.error.as_deref().unwrap().contains("public internet"));
}

#[tokio::test]
async fn a_worker_that_dies_while_it_sends_is_followed_by_another_with_the_same_id() {
    let (url, received) = receiver().await;
    let mut doubled = false;
    for steps in 0..60 {
        let mut scene = Scene::new();
        let webhook = Some(url.clone());
        let id = scene.accept(NewJob { webhook, ..job("works", "at-least-once", 0) }).await;
        jobs::cancel(&scene.platform, &id, &LIMITS).await.unwrap();
        received.lock().unwrap().messages.clear();
        scene.world.stop_after(Some(steps));
        let drained = platform::queue::drain::<crate::common::TestApplication>(
            &scene.platform,
            9,
            Duration::from_secs(9),
        )
        .await;
        scene.world.stop_after(None);
        let untouched = drained.is_ok() && deliveries(&scene, &id).await[0].status == "delivered";
        scene.platform = scene.world.platform();
        for _ in 0..4 {
            scene.pass(Duration::from_secs(100));
            scene.tend().await;
            scene.drain().await;
        }
        let told = &deliveries(&scene, &id).await[0];
        assert_eq!(told.status, "delivered", "killed after {steps} calls");
        let got = messages(&received);
        assert!(
            !got.is_empty() && got.iter().all(|(headers, _)| headers["webhook-id"] == told.message.as_str())
        );
        doubled |= got.len() > 1;
        if untouched {
            break;
        }
    }
    assert!(doubled, "nothing was killed between sending and recording");
}

#[tokio::test]
async fn a_key_with_a_secret_of_its_own_signs_with_it_and_with_the_former_one_too_while_it_is_rotated() {
    let scene = Scene::new();
    let (url, received) = receiver().await;
    // Whether the last message has just the signatures of these secrets, in this order.
    let signed = async |secrets: &[&str]| {
        scene.accept(NewJob { webhook: Some(url.clone()), ..job("works", "own-secret", 0) }).await;
        scene.drain().await;
        let (headers, body) = messages(&received).pop().unwrap();
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let timestamp = text("webhook-timestamp").parse().unwrap();
        let secrets = Secrets::parse(&secrets.join(" ")).unwrap();
        assert_eq!(text("webhook-signature"), sign(&secrets, &text("webhook-id"), timestamp, &body));
    };
    signed(&[SECRET]).await;
    let day = Duration::from_hours(24);
    let (first, own) = webhook::rotate(&scene.platform, "key", day).await.unwrap();
    assert_eq!(own.former_until, None, "the deployment's does not sign beside it");
    signed(&[&first]).await;
    let (second, own) = webhook::rotate(&scene.platform, "key", day).await.unwrap();
    assert_eq!(own.former_until, Some(scene.now() + 86_400_000));
    assert_ne!(first, second);
    signed(&[&second, &first]).await;
    scene.pass(day);
    signed(&[&second]).await;
    assert_eq!(webhook::describe(&scene.platform, "key").await.unwrap().unwrap().former_until, None);
    // At once, where the former one is known to others.
    let (third, _) = webhook::rotate(&scene.platform, "key", Duration::ZERO).await.unwrap();
    signed(&[&third]).await;
    // Another key's is another.
    let other =
        NewJob { account: "other".to_owned(), webhook: Some(url.clone()), ..job("works", "others", 0) };
    scene.accept(other).await;
    scene.drain().await;
    let (headers, body) = messages(&received).pop().unwrap();
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let timestamp = text("webhook-timestamp").parse().unwrap();
    let deployments = Secrets::parse(SECRET).unwrap();
    assert_eq!(text("webhook-signature"), sign(&deployments, &text("webhook-id"), timestamp, &body));
    assert!(webhook::remove(&scene.platform, "key").await.unwrap());
    assert!(!webhook::remove(&scene.platform, "key").await.unwrap());
    signed(&[SECRET]).await;
}
