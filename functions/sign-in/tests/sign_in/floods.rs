//! What one address may send, and what becomes of the rest.

use std::sync::Arc;

use access::{Kind, Secret};
use axum::body::Body;
use http::Request;
use platform::{
    Answer, OutsideError, Quota,
    quota::{Spending, Verdict},
};
use serde_json::{Value, json};

use crate::common::{CALLBACK, Got, HOST, Service, cookie, form, json, parameter, ticket};

const BY_HEADER: [(&str, &str); 1] = [("CLIENT_ADDRESS_HEADER", "x-real-ip")];
const ONE: &str = "192.0.2.1";
const OTHER: &str = "192.0.2.2";

impl Service {
    async fn post_from(&self, address: &str, path: &str, cookie: &str, pairs: &[(&str, &str)]) -> Got {
        let request = Request::post(path)
            .header("host", HOST)
            .header("x-real-ip", address)
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form(pairs))).unwrap()).await
    }

    async fn asks_from(&self, address: &str, client_id: &str) -> Got {
        let query = form(&[("client_id", client_id), ("redirect_uri", "https://zed.dev/callback")]);
        let request =
            Request::get(format!("/authorize?{query}")).header("host", HOST).header("x-real-ip", address);
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

fn has_to_wait(got: &Got) {
    assert_eq!(got.status, 429, "{}", got.text);
    let seconds: u32 = got.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(got.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn an_address_that_sends_many_consents_has_to_wait_and_others_do_not() {
    let service = Service::new(&BY_HEADER).await;
    let client = service.client().await;
    let page = service.authorize(&client, CALLBACK).await;
    let (cookie, ticket) = (cookie(&page), ticket(&page));
    let guess = Secret::mint(Kind::Key, [9; 32]);
    let fields =
        [("ticket", ticket.as_str()), ("scope", "read"), ("key", guess.reveal()), ("decision", "allow")];
    for _ in 0..120 {
        service.post_from(ONE, "/authorize", &cookie, &fields).await.is_page(422, "not good here");
    }
    let refused = service.post_from(ONE, "/authorize", &cookie, &fields).await;
    refused.is_page(429, "too many attempts");
    has_to_wait(&refused);
    service.post_from(OTHER, "/authorize", &cookie, &fields).await.is_page(422, "not good here");
}

#[tokio::test]
async fn an_address_that_asks_for_many_tokens_has_to_wait_and_others_do_not() {
    let service = Service::new(&BY_HEADER).await;
    let guess = Secret::mint(Kind::RefreshToken, [9; 32]);
    let fields =
        [("grant_type", "refresh_token"), ("client_id", "client_x"), ("refresh_token", guess.reveal())];
    for _ in 0..600 {
        assert_eq!(service.post_from(ONE, "/token", "", &fields).await.status, 400);
    }
    for path in ["/token", "/revoke"] {
        let refused = service.post_from(ONE, path, "", &fields).await;
        has_to_wait(&refused);
        let problem: Value = serde_json::from_str(&refused.text).unwrap();
        assert_eq!(problem["code"], "TOO_MANY_REQUESTS", "{path}");
    }
    assert_eq!(service.post_from(OTHER, "/token", "", &fields).await.status, 400);
}

#[tokio::test]
async fn an_address_that_names_many_descriptions_has_to_wait_and_others_do_not() {
    let service = Service::new(&BY_HEADER).await;
    let known = "https://zed.dev/known.json";
    service.others.answer(move |sent| {
        json(&json!({"client_id": format!("https:/{}", sent.path), "client_name": "Zed",
                     "redirect_uris": ["https://zed.dev/callback"]}))
    });
    assert_eq!(service.asks_from(OTHER, known).await.status, 302, "to the client: there is no response_type");
    service.others.take_calls();
    for number in 0..30 {
        assert_eq!(service.asks_from(ONE, &format!("https://zed.dev/{number}.json")).await.status, 302);
    }
    for number in 30..40 {
        let refused = service.asks_from(ONE, &format!("https://zed.dev/{number}.json")).await;
        refused.is_page(429, "too many attempts");
        has_to_wait(&refused);
    }
    assert_eq!(service.others.take_calls(), 30, "no more requests go out than the address may cause");
    assert_eq!(
        service.asks_from(ONE, known).await.status,
        302,
        "what is known is not fetched, and not counted"
    );
    assert_eq!(service.asks_from(OTHER, "https://zed.dev/99.json").await.status, 302);
}

/// A counter that does not answer.
struct Silent;

impl Quota for Silent {
    fn spend<'a>(&'a self, _: &'a str, _: u32, _: Spending, _: i64) -> Answer<'a, Verdict> {
        Box::pin(async { Err(OutsideError::new("quota", "made to fail")) })
    }
}

#[tokio::test]
async fn while_the_counter_does_not_answer_people_still_sign_in_and_the_log_says_so() {
    let service = Service::counting_by(&[], 1, |_| Arc::new(Silent)).await;
    let key = service.key("key_1", "alice").await;
    let client = service.client().await;
    let page = service.authorize(&client, CALLBACK).await;
    let fields = [
        ("ticket", ticket(&page)),
        ("scope", "read".to_owned()),
        ("key", key),
        ("decision", "allow".to_owned()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = service.post("/authorize", &cookie(&page), &fields).await;
    assert!(parameter(answer.location(), "code").is_some());
    let log = Value::from(service.world.log_lines()).to_string();
    assert!(log.contains("let through uncounted"), "{log}");
}
