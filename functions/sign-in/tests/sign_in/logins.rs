//! Signing in at a provider: GitHub, and one that speaks OpenID Connect.

use std::sync::{Arc, Mutex};

use axum::{body::Body, response::IntoResponse as _};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::common::{CALLBACK, Got, HOST, Service, VERIFIER, cookie, json, parameter, ticket};

const GITHUB: [(&str, &str); 3] = [
    ("LOGIN_GITHUB_CLIENT_ID", "gh-client"),
    ("LOGIN_GITHUB_CLIENT_SECRET", "gh-secret"),
    ("LOGIN_ALLOW", "github:583231=alice"),
];
const OIDC: [(&str, &str); 4] = [
    ("LOGIN_OIDC_ISSUER", "https://id.example/tenant"),
    ("LOGIN_OIDC_CLIENT_ID", "oidc client"),
    ("LOGIN_OIDC_CLIENT_SECRET", "s:cret"),
    ("LOGIN_ALLOW", "oidc:auth0|24=400=alice"),
];

/// A person who opened the consent page.
struct Person {
    cookie: String,
    client: String,
    page: Got,
}

impl Person {
    async fn new(service: &Service) -> Self {
        let client = service.client().await;
        let page = service.authorize(&client, CALLBACK).await;
        assert_eq!(page.status, 200, "{}", page.text);
        Self { cookie: cookie(&page), client, page }
    }

    /// Where the consent leads.
    async fn allow(&self, service: &Service, by: &str) -> Got {
        let ticket = ticket(&self.page);
        let fields = [("ticket", ticket.as_str()), ("scope", "read"), ("decision", by)];
        service.post("/authorize", &self.cookie, &fields).await
    }

    /// What is answered to the person who comes back.
    async fn back(&self, service: &Service, query: &str) -> Got {
        service.get(&format!("/authorize/callback?{query}"), Some(&self.cookie)).await
    }

    /// The scopes of the tokens for the code in an answer.
    async fn scopes(&self, service: &Service, answer: &Got) -> String {
        let code = parameter(answer.location(), "code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", self.client.as_str()),
            ("code", &code),
            ("code_verifier", VERIFIER),
        ];
        let got = service.post("/token", "", &fields).await;
        let body: Value = serde_json::from_str(&got.text).unwrap();
        body["scope"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    }
}

/// GitHub, as its documentation has it: a refusal comes with status 200, and the API wants a `User-Agent`.
fn github(service: &Service, challenge: &Arc<Mutex<String>>, number: u64) {
    let challenge = Arc::clone(challenge);
    service.others.answer(move |sent| match sent.path.as_str() {
        "/github.com/login/oauth/access_token" => {
            let verifier = sent.field("code_verifier").unwrap();
            let right = sent.field("code") == Some("from-github")
                && sent.field("client_id") == Some("gh-client")
                && sent.field("client_secret") == Some("gh-secret")
                && BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == *challenge.lock().unwrap();
            assert_eq!(sent.headers["accept"], "application/json");
            if right {
                json(&json!({"access_token": "gho_x", "token_type": "bearer", "scope": ""}))
            } else {
                json(&json!({"error": "bad_verification_code"}))
            }
        }
        "/api.github.com/user" => {
            assert_eq!(sent.headers["authorization"], "Bearer gho_x");
            assert!(!sent.headers["user-agent"].is_empty());
            json(&json!({"id": number, "login": "octocat"}))
        }
        other => panic!("{other} was asked for"),
    });
}

#[tokio::test]
async fn an_account_of_github_stands_for_the_key_that_the_operator_named() {
    let service = Service::new(&GITHUB).await;
    service.key("key_1", "alice").await;
    let person = Person::new(&service).await;
    assert!(person.page.text.contains("Allow, and sign in with GitHub"));
    assert!(!person.page.text.contains("name=\"key\""), "no key is asked for");
    let challenge = Arc::new(Mutex::new(String::new()));
    github(&service, &challenge, 583_231);
    assert_eq!(service.others.take_calls(), 0);
    let away = person.allow(&service, "github").await;
    let away = away.location();
    assert!(away.starts_with("https://github.com/login/oauth/authorize?"), "{away}");
    assert_eq!(parameter(away, "redirect_uri").unwrap(), format!("https://{HOST}/authorize/callback"));
    *challenge.lock().unwrap() = parameter(away, "code_challenge").unwrap();
    let state = parameter(away, "state").unwrap();
    let back = person.back(&service, &format!("code=from-github&state={state}")).await;
    assert!(back.location().starts_with(CALLBACK));
    assert_eq!(parameter(back.location(), "state").as_deref(), Some("hosts-state"));
    assert_eq!(parameter(back.location(), "iss").unwrap(), format!("https://{HOST}"));
    assert_eq!(person.scopes(&service, &back).await, "read");
    person.back(&service, &format!("code=from-github&state={state}")).await.is_page(400, "used already");
}

#[tokio::test]
async fn an_account_that_nobody_named_gets_nothing_and_a_sentence() {
    let service = Service::new(&GITHUB).await;
    service.key("key_1", "alice").await;
    let person = Person::new(&service).await;
    let challenge = Arc::new(Mutex::new(String::new()));
    github(&service, &challenge, 1);
    let away = person.allow(&service, "github").await;
    *challenge.lock().unwrap() = parameter(away.location(), "code_challenge").unwrap();
    let state = parameter(away.location(), "state").unwrap();
    let back = person.back(&service, &format!("code=from-github&state={state}")).await;
    back.is_page(403, "github:1");
}

#[tokio::test]
async fn a_code_that_github_does_not_know_gives_nothing() {
    let service = Service::new(&GITHUB).await;
    service.key("key_1", "alice").await;
    let person = Person::new(&service).await;
    github(&service, &Arc::new(Mutex::new(String::new())), 583_231);
    let away = person.allow(&service, "github").await;
    let state = parameter(away.location(), "state").unwrap();
    person.back(&service, &format!("code=forged&state={state}")).await.is_page(503, "no usable answer");
}

#[tokio::test]
async fn the_way_back_is_for_the_browser_that_went() {
    let service = Service::new(&GITHUB).await;
    service.key("key_1", "alice").await;
    let (attacker, victim) = (Person::new(&service).await, Person::new(&service).await);
    assert_ne!(attacker.cookie, victim.cookie);
    let away = attacker.allow(&service, "github").await;
    let state = parameter(away.location(), "state").unwrap();
    let lured = victim.back(&service, &format!("code=from-github&state={state}")).await;
    lured.is_page(400, "another browser");
    for query in
        ["", "code=x", "code=x&state=", "code=x&state=short", &format!("code=x&state={}", "A".repeat(43))]
    {
        victim.back(&service, query).await.is_page(400, "another browser");
    }
    assert_eq!(service.others.take_calls(), 0, "the provider is not asked");
}

#[tokio::test]
async fn a_login_that_is_broken_off_goes_back_to_the_client() {
    let service = Service::new(&GITHUB).await;
    let person = Person::new(&service).await;
    let away = person.allow(&service, "github").await;
    let state = parameter(away.location(), "state").unwrap();
    let back = person.back(&service, &format!("error=access_denied&state={state}")).await;
    assert!(back.location().starts_with(CALLBACK));
    assert_eq!(parameter(back.location(), "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(back.location(), "state").as_deref(), Some("hosts-state"));
    assert_eq!(parameter(back.location(), "iss").unwrap(), format!("https://{HOST}"), "also with an error");
}

#[tokio::test]
async fn a_login_waits_ten_minutes() {
    let service = Service::new(&GITHUB).await;
    let noon: chrono::DateTime<chrono::Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
    service.world.set_now(noon);
    let person = Person::new(&service).await;
    let away = person.allow(&service, "github").await;
    let state = parameter(away.location(), "state").unwrap();
    service.world.set_now(noon + chrono::TimeDelta::minutes(10));
    person.back(&service, &format!("code=from-github&state={state}")).await.is_page(400, "too old");
}

#[tokio::test]
async fn a_provider_that_is_set_by_half_closes_the_sign_in() {
    for variables in [
        &[("LOGIN_GITHUB_CLIENT_ID", "x")][..],
        &[("LOGIN_GITHUB_CLIENT_SECRET", "x")],
        &[("LOGIN_OIDC_ISSUER", "https://id.example")],
        &[("LOGIN_OIDC_CLIENT_ID", "x")],
        &[("LOGIN_OIDC_ISSUER", "not an address"), ("LOGIN_OIDC_CLIENT_ID", "x")],
    ] {
        let service = Service::new(variables).await;
        let client = service.client().await;
        service.authorize(&client, CALLBACK).await.is_page(503, "not set up completely");
    }
}

#[tokio::test]
async fn a_key_cannot_be_pasted_where_people_sign_in_at_a_provider() {
    let service = Service::new(&GITHUB).await;
    let key = service.key("key_1", "alice").await;
    let person = Person::new(&service).await;
    let ticket = ticket(&person.page);
    for by in ["allow", "oidc"] {
        let fields = [("ticket", ticket.as_str()), ("scope", "read"), ("key", &key), ("decision", by)];
        service.post("/authorize", &person.cookie, &fields).await.is_page(400, "");
    }
}

/// A provider whose identity tokens say what the test wants.
fn provider(service: &Service, claims: impl Fn(&str) -> Value + Send + 'static, nonce: &Arc<Mutex<String>>) {
    let nonce = Arc::clone(nonce);
    service.others.answer(move |sent| match sent.path.as_str() {
        "/id.example/tenant/.well-known/openid-configuration" => json(&json!({
            "issuer": "https://id.example/tenant",
            "authorization_endpoint": "https://id.example/tenant/authorize?tenant=1",
            "token_endpoint": "https://tokens.example/token",
        })),
        "/tokens.example/token" => {
            // RFC 6749, section 2.3.1: form-encoded, then joined.
            let basic = base64::prelude::BASE64_STANDARD.encode("oidc+client:s%3Acret");
            assert_eq!(sent.headers["authorization"].to_str().unwrap(), format!("Basic {basic}"));
            assert!(sent.field("code_verifier").is_some_and(|verifier| verifier.len() == 43));
            id_token(&claims(&nonce.lock().unwrap()))
        }
        other => panic!("{other} was asked for"),
    });
}

fn id_token(claims: &Value) -> Response<Body> {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let token = format!("{}.{}.c2lnbmF0dXJl", part(&json!({"alg": "RS256"})), part(claims));
    json(&json!({"access_token": "x", "token_type": "Bearer", "id_token": token}))
}

fn good(nonce: &str) -> Value {
    json!({
        "iss": "https://id.example/tenant", "aud": "oidc client", "sub": "auth0|24=400",
        "exp": chrono::Utc::now().timestamp() + 300, "nonce": nonce,
    })
}

async fn sign_in(service: &Service, claims: impl Fn(&str) -> Value + Send + 'static) -> (Person, Got) {
    let nonce = Arc::new(Mutex::new(String::new()));
    provider(service, claims, &nonce);
    let person = Person::new(service).await;
    let away = person.allow(service, "oidc").await;
    let away = away.location();
    assert!(away.starts_with("https://id.example/tenant/authorize?tenant=1&response_type=code&"), "{away}");
    *nonce.lock().unwrap() = parameter(away, "nonce").unwrap();
    let state = parameter(away, "state").unwrap();
    let back = person.back(service, &format!("code=c&state={state}")).await;
    (person, back)
}

#[tokio::test]
async fn an_account_of_an_openid_provider_stands_for_the_key_that_the_operator_named() {
    let service = Service::new(&OIDC).await;
    service.key("key_1", "alice").await;
    let (person, back) = sign_in(&service, good).await;
    assert_eq!(person.scopes(&service, &back).await, "read");
    assert_eq!(service.others.take_calls(), 2, "metadata once, tokens once");
}

#[tokio::test]
async fn an_identity_token_that_is_not_for_this_login_gives_nothing() {
    type Spoil = fn(&mut Value);
    let spoils: [(&str, Spoil); 9] = [
        ("another provider's", |claims| claims["iss"] = json!("https://evil.example")),
        ("no issuer", |claims| drop(claims.as_object_mut().unwrap().remove("iss"))),
        ("another client's", |claims| claims["aud"] = json!("somebody else")),
        ("several clients' without a party", |claims| claims["aud"] = json!(["oidc client", "x"])),
        ("another party's", |claims| claims["azp"] = json!("x")),
        ("expired", |claims| claims["exp"] = json!(chrono::Utc::now().timestamp() - 120)),
        ("without expiry", |claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ("another login's", |claims| claims["nonce"] = json!("x")),
        ("nobody's", |claims| claims["sub"] = json!("")),
    ];
    for (what, spoil) in spoils {
        let service = Service::new(&OIDC).await;
        service.key("key_1", "alice").await;
        let claims = move |nonce: &str| {
            let mut claims = good(nonce);
            spoil(&mut claims);
            claims
        };
        let (_, back) = sign_in(&service, claims).await;
        assert_eq!(back.status, 503, "{what}: {}", back.text);
        assert!(!back.headers.contains_key("location"), "{what}");
    }
}

#[tokio::test]
async fn a_provider_that_names_another_issuer_or_no_https_is_not_used() {
    for metadata in [
        json!({"issuer": "https://evil.example", "authorization_endpoint": "https://id.example/a", "token_endpoint": "https://id.example/t"}),
        json!({"issuer": "https://id.example/tenant", "authorization_endpoint": "http://id.example/a", "token_endpoint": "https://id.example/t"}),
        json!({"issuer": "https://id.example/tenant", "authorization_endpoint": "https://id.example/a", "token_endpoint": "http://127.0.0.1/t"}),
        json!({"issuer": "https://id.example/tenant"}),
    ] {
        let service = Service::new(&OIDC).await;
        service.others.answer(move |_| json(&metadata));
        let person = Person::new(&service).await;
        person.allow(&service, "oidc").await.is_page(503, "no usable answer");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_gives_a_page_and_a_line_in_the_log() {
    let service = Service::new(&OIDC).await;
    service.others.answer(|_| StatusCode::BAD_GATEWAY.into_response());
    let person = Person::new(&service).await;
    person.allow(&service, "oidc").await.is_page(503, "no usable answer");
    let log = Value::from(service.world.log_lines()).to_string();
    assert!(log.contains("502"), "{log}");
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_is_a_mix_up() {
    let service = Service::new(&OIDC).await;
    service.key("key_1", "alice").await;
    provider(&service, good, &Arc::default());
    let person = Person::new(&service).await;
    let away = person.allow(&service, "oidc").await;
    let state = parameter(away.location(), "state").unwrap();
    let query = format!("code=c&state={state}&iss=https%3A%2F%2Fevil.example");
    person.back(&service, &query).await.is_page(400, "");
    assert_eq!(service.others.take_calls(), 1, "no token is asked for");
}

#[tokio::test]
async fn a_name_that_several_keys_have_lets_nobody_in_and_an_id_does() {
    let mut variables = OIDC;
    let service = Service::new(&variables).await;
    service.key("key_1", "alice").await;
    service.key("key_22", "alice").await;
    let (_, back) = sign_in(&service, good).await;
    back.is_page(503, "Several keys");
    variables[3].1 = "oidc:auth0|24=400=key_22";
    let service = Service::new(&variables).await;
    service.key("key_1", "alice").await;
    service.key("key_22", "alice").await;
    let (person, back) = sign_in(&service, good).await;
    assert_eq!(person.scopes(&service, &back).await, "read");
}

#[tokio::test]
async fn a_login_whose_key_is_not_there_gives_nothing() {
    let service = Service::new(&OIDC).await;
    let (_, back) = sign_in(&service, good).await;
    back.is_page(403, "not good here");
}

#[tokio::test]
async fn a_login_may_stand_for_a_key_of_the_settings() {
    let mut variables = OIDC.to_vec();
    variables.push(("API_KEYS", "alice:a-key-of-the-settings-1234"));
    let service = Service::new(&variables).await;
    let (person, back) = sign_in(&service, good).await;
    assert_eq!(person.scopes(&service, &back).await, "read");
}
