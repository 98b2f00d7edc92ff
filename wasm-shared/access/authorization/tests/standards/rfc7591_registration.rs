//! RFC 7591: clients that register themselves.

use crate::common::{CALLBACK, NOW, Server, client, register};
use authorization::registration::{MOST_CLIENTS, response};
use serde_json::{Value, json};

fn error(metadata: &Value) -> &'static str {
    register(metadata).unwrap_err().error
}

#[test]
fn the_same_metadata_give_the_same_client() {
    let one = register(
        &json!({ "client_name": "App", "redirect_uris": [CALLBACK, "http://localhost/cb"], "x": 1 }),
    );
    let two = register(&json!({ "redirect_uris": ["http://localhost/cb", CALLBACK], "client_name": "App" }));
    assert_eq!(one, two);
    let other =
        register(&json!({ "client_name": "Other", "redirect_uris": [CALLBACK, "http://localhost/cb"] }));
    assert_ne!(one.unwrap().id, other.unwrap().id);
}

#[test]
fn the_answer_says_what_was_registered() {
    let client = client();
    let response = response(&client, NOW);
    assert_eq!(response["client_id"], client.id);
    assert_eq!(response["client_id_issued_at"], NOW / 1000);
    assert_eq!(response["redirect_uris"], json!(["http://127.0.0.1/callback", CALLBACK]));
    assert_eq!(response["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert!(response.get("client_secret").is_none());
}

#[test]
fn a_confidential_client_becomes_a_public_one_and_is_told_so() {
    let asked = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic" });
    let client = register(&asked).unwrap();
    assert_eq!(response(&client, NOW)["token_endpoint_auth_method"], "none");
}

#[test]
fn unknown_members_and_grants_are_ignored() {
    let claude = json!({
        "client_name": "Claude", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "response_types": ["code"], "scope": "read offline_access", "application_type": "web", "logo_uri": 5,
    });
    assert!(register(&claude).is_ok());
    let unsaid = json!({ "redirect_uris": [CALLBACK], "grant_types": null, "client_name": 7 });
    assert_eq!(register(&unsaid).unwrap().name, "app.example", "without a name, the host");
}

#[test]
fn links_that_a_client_sends_are_neither_kept_nor_answered() {
    let mut metadata = json!({ "redirect_uris": [CALLBACK], "client_name": "App" });
    for member in ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "software_statement"] {
        metadata[member] = "javascript:alert(1)".into();
    }
    let client = register(&metadata).unwrap();
    assert!(!format!("{client:?} {}", response(&client, NOW)).contains("javascript"));
}

#[test]
fn what_is_not_given_here_is_refused() {
    let with = |name: &str, value: Value| {
        let mut metadata = json!({ "redirect_uris": [CALLBACK] });
        metadata[name] = value;
        metadata
    };
    assert_eq!(error(&with("grant_types", json!(["client_credentials"]))), "invalid_client_metadata");
    assert_eq!(error(&with("response_types", json!(["token"]))), "invalid_client_metadata");
    assert_eq!(error(&json!([1])), "invalid_client_metadata");
    assert_eq!(authorization::registration::read(b"{").unwrap_err().status(), 400);
}

#[test]
fn a_client_needs_a_redirect_uri_that_can_be_accepted() {
    for uris in [
        json!([]),
        json!(["javascript:alert(1)"]),
        json!(["data:text/html,x"]),
        json!(["http://app.example/callback"]),
        json!(["http://localhost.evil.example/"]),
        json!(["http://localhost@evil.example/"]),
        json!(["https://user:pass@app.example/"]),
        json!(["https://app.example/#fragment"]),
        json!(["cursor://anysphere/callback"]),
        json!(["//app.example/callback"]),
        json!(["/callback"]),
        json!(["https://app.example/ space"]),
        json!(["https://app.example/\r\nset-cookie: a"]),
        json!([7]),
        json!("https://app.example/"),
        json!(null),
    ] {
        assert_eq!(error(&json!({ "redirect_uris": uris.clone() })), "invalid_redirect_uri", "{uris}");
    }
}

#[test]
fn redirect_uris_that_cannot_be_accepted_are_left_out_beside_good_ones() {
    let mixed = json!({ "redirect_uris": ["cursor://x/callback", CALLBACK, "javascript:alert(1)"] });
    assert_eq!(register(&mixed).unwrap().redirect_uris, [CALLBACK]);
}

#[test]
fn what_a_client_sends_is_bounded() {
    let many: Vec<_> = (0..11).map(|index| format!("https://app.example/{index}")).collect();
    assert_eq!(error(&json!({ "redirect_uris": many })), "invalid_redirect_uri");
    let long = json!({ "redirect_uris": [CALLBACK], "client_name": "x".repeat(5000) });
    assert_eq!(error(&long), "invalid_client_metadata");
    let name = json!({ "redirect_uris": [CALLBACK], "client_name": "x".repeat(500) });
    assert_eq!(register(&name).unwrap().name.len(), 80);
    let nested = format!("{}1{}", "[".repeat(2000), "]".repeat(2000));
    assert_eq!(
        authorization::registration::read(nested.as_bytes()).unwrap_err().error,
        "invalid_client_metadata"
    );
}

#[test]
fn a_name_cannot_reorder_the_text_around_it() {
    let name = json!({ "redirect_uris": [CALLBACK], "client_name": "\u{202e}edualC\u{200b}\n" });
    assert_eq!(register(&name).unwrap().name, "edualC");
}

#[tokio::test]
async fn a_registration_is_kept_once_however_often_it_is_made() {
    let server = Server::new().await;
    let store = server.store().await;
    for later in 1..50 {
        assert_eq!(store.register(&client(), NOW + later).await.unwrap(), NOW, "the first time is answered");
    }
    let count = platform::Statement::new("SELECT count(*) FROM oauth_clients", []);
    let rows = server.platform.database().run(vec![count]).await.unwrap();
    assert_eq!(rows[0].rows[0][0].as_i64(), Some(1));
}

#[tokio::test]
async fn a_registration_is_kept_for_90_days_after_its_last_use() {
    let server = Server::new().await;
    let (store, day, id) = (server.store().await, 86_400_000, client().id);
    assert_eq!(store.client(&id, NOW + 89 * day).await.unwrap(), Some(client()), "and used now");
    assert_eq!(store.client(&id, NOW + 178 * day).await.unwrap(), Some(client()));
    assert_eq!(store.client(&id, NOW + 269 * day).await.unwrap(), None);
    assert_eq!(store.client("client_other", NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_flood_of_registrations_does_not_push_out_clients_in_use() {
    let server = Server::new().await;
    server.signed_in().await;
    // As a flood would leave the table: full of registrations newer than the one in use.
    let flood = platform::Statement::new(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
         INSERT INTO oauth_clients SELECT 'flood' || i, '{}', ?2, ?2 + i FROM n",
        [(MOST_CLIENTS + 1000).into(), NOW.into()],
    );
    server.platform.database().run(vec![flood]).await.unwrap();
    let late = register(&json!({ "redirect_uris": ["https://late.example/"] })).unwrap();
    let store = server.store().await;
    store.register(&late, NOW + 1).await.unwrap();
    assert_eq!(store.client(&client().id, NOW + 1).await.unwrap(), Some(client()));
    assert_eq!(store.client(&late.id, NOW + 1).await.unwrap(), Some(late));
    let count = platform::Statement::new("SELECT count(*) FROM oauth_clients", []);
    let rows = server.platform.database().run(vec![count]).await.unwrap();
    assert!(rows[0].rows[0][0].as_i64().unwrap() <= MOST_CLIENTS + 1);
}
