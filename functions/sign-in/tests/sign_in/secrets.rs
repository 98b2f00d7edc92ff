//! What a sign-in leaves behind: hashes.

use serde_json::Value;

use crate::common::{CALLBACK, Service, VERIFIER, cookie, parameter, ticket};

#[tokio::test]
async fn neither_the_database_nor_the_log_holds_a_key_a_code_or_a_token() {
    let service = Service::new(&[]).await;
    let key = service.key("key_1", "alice").await;
    let client = service.client().await;
    let page = service.authorize(&client, CALLBACK).await;
    let (cookie, ticket) = (cookie(&page), ticket(&page));
    let fields = [("ticket", ticket.as_str()), ("scope", "read"), ("key", &key), ("decision", "allow")];
    let answer = service.post("/authorize", &cookie, &fields).await;
    let code = parameter(answer.location(), "code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", client.as_str()),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ];
    let tokens = service.post("/token", "", &fields).await;
    let tokens: Value = serde_json::from_str(&tokens.text).unwrap();
    let (access, refresh) =
        (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    // Mistakes are logged too.
    service.post("/authorize", &cookie, &[("ticket", &ticket), ("key", &key), ("decision", "x")]).await;
    service
        .post(
            "/token",
            "",
            &[("client_id", &client), ("grant_type", "refresh_token"), ("refresh_token", &key)],
        )
        .await;
    let stored = service.stored().await;
    assert!(stored.contains("grant_") && stored.contains("oauth_access_tokens: [["), "{stored}");
    let log = Value::from(service.world.log_lines()).to_string();
    assert!(log.contains("/token"), "{log}");
    let (_, nonce) = cookie.split_once('=').unwrap();
    for (what, secret) in [
        ("key", key.as_str()),
        ("code", &code),
        ("access", access),
        ("refresh", refresh),
        ("cookie", nonce),
        ("verifier", VERIFIER),
    ] {
        assert!(!stored.contains(secret), "the database holds the {what}");
        assert!(!log.contains(secret), "the log holds the {what}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_a_page_and_not_a_mistake_of_the_person() {
    let service = Service::new(&[]).await;
    let client = service.client().await;
    service.world.fail(Some("database"));
    let token = access::Secret::mint(access::Kind::RefreshToken, [3; 32]);
    service.authorize(&client, CALLBACK).await.is_page(503, "did not answer");
    let got = service
        .post(
            "/token",
            "",
            &[("client_id", &client), ("grant_type", "refresh_token"), ("refresh_token", token.reveal())],
        )
        .await;
    assert_eq!(got.status, 503, "a refresh token is not called bad when nobody could look: {}", got.text);
}
