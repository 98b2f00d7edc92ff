//! Headers of the operator's, and tokens by client credentials.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{StatusCode, header::WWW_AUTHENTICATE};
use mcp_client::{Credentials, Error};
use outbound::PublicUrl;
use serde_json::json;

use crate::common::{ANYTHING, Double, Seen, client, json_reply, now, platform, with_status};

/// What a server says about where its tokens are given; what is left out is itself.
#[derive(Clone, Copy, Default)]
struct Says {
    authorization_server: Option<&'static str>,
    issuer: Option<&'static str>,
    token_endpoint: Option<&'static str>,
}

/// A server that takes only a token, and gives it itself.
async fn guarded(says: Says) -> Double {
    static GIVEN: AtomicUsize = AtomicUsize::new(0);
    Double::new(move |seen: Seen| {
        let origin = format!("http://{}", seen.header("host"));
        let Says { authorization_server, issuer, token_endpoint } = says;
        let authorized = seen.header("authorization").starts_with("Bearer token-");
        match (seen.path.as_str(), authorized) {
            ("/.well-known/oauth-protected-resource/mcp", _) => json_reply(&json!({
                "resource": format!("{origin}/mcp"), "authorization_servers": [authorization_server.unwrap_or(&origin)], "scopes_supported": ["tools"],
            })),
            ("/.well-known/oauth-authorization-server", _) => json_reply(&json!({
                "issuer": issuer.unwrap_or(&origin), "token_endpoint": token_endpoint.map_or_else(|| format!("{origin}/token"), str::to_owned),
            })),
            ("/token", _) => {
                let number = GIVEN.fetch_add(1, Ordering::Relaxed);
                json_reply(&json!({ "access_token": format!("token-{number}"), "token_type": "Bearer", "expires_in": 3600 }))
            }
            ("/mcp", true) => json_reply(&seen.result(json!({
                "supportedVersions": ["2026-07-28"], "capabilities": {}, "serverInfo": { "name": "g", "version": "1" },
            }))),
            ("/mcp", false) => now((StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer scope=\"tools:call\"")])),
            _ => with_status(404, &json!({})),
        }
    })
    .await
}

fn credentials() -> Credentials {
    Credentials {
        client_id: "me".to_owned(),
        client_secret: "s3cret".to_owned(),
        scope: None,
        issuer: None,
        token_url: None,
    }
}

#[tokio::test]
async fn a_token_is_had_by_client_credentials_once_and_sent_with_each_request() {
    let double = guarded(Says::default()).await;
    let (platform, mut endpoint) = (platform(), double.endpoint());
    endpoint.credentials = Some(credentials());
    let client = client(&platform, &endpoint, &ANYTHING);
    let session = client.connect().await.unwrap();
    client.probe(&session).await.unwrap();
    let seen = double.seen();
    let asked: Vec<_> = seen.iter().filter(|seen| seen.path == "/token").collect();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].header("authorization").starts_with("Basic "));
    assert!(
        asked[0].text.contains("grant_type=client_credentials")
            && asked[0].text.contains("scope=tools%3Acall")
    );
    assert!(!seen.iter().any(|seen| seen.path == "/mcp" && seen.header("authorization").contains("s3cret")));
}

#[tokio::test]
async fn metadata_of_another_authorization_server_get_no_secret() {
    let issuer = Some("https://evil.example");
    refused(Says { issuer, ..Says::default() }, credentials(), "those of another one").await;
}

/// No token is had, for this reason, and nothing that was sent holds the secret.
async fn refused(says: Says, credentials: Credentials, wanted: &str) {
    let double = guarded(says).await;
    let (platform, mut endpoint) = (platform(), double.endpoint());
    endpoint.credentials = Some(credentials.clone());
    let why = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap_err();
    assert!(matches!(&why, Error::NoToken(why) if why.contains(wanted)), "{why}");
    for seen in double.seen() {
        assert!(seen.path != "/token" && !seen.text.contains("s3cret"), "{seen:?}");
    }
    assert!(!format!("{credentials:?} {why}").contains("s3cret"));
}

/// A server that could choose who gets the secret could choose itself, or a thief (a mix-up).
#[tokio::test]
async fn a_server_does_not_choose_who_gets_the_secret() {
    // `localhost` is another host than 127.0.0.1, and may be asked in a test.
    let elsewhere = Some("https://localhost/evil");
    let says = Says { authorization_server: elsewhere, ..Says::default() };
    refused(says, credentials(), "has to name that `issuer`").await;
    let says = Says { token_endpoint: elsewhere, ..Says::default() };
    refused(says, credentials(), "has to name that `issuer`").await;
    let named = PublicUrl::from_operator("https://tokens.example").unwrap();
    let credentials = Credentials { issuer: Some(named), ..credentials() };
    refused(Says::default(), credentials, "the authorization server that its operator names").await;
}

#[tokio::test]
async fn the_issuer_that_the_operator_names_gives_the_token() {
    let issuer = guarded(Says::default()).await;
    let origin = issuer.url.strip_suffix("/mcp").unwrap().to_owned();
    let says = Says { authorization_server: Some(origin.clone().leak()), ..Says::default() };
    let double = guarded(says).await;
    let (platform, mut endpoint) = (platform(), double.endpoint());
    endpoint.credentials =
        Some(Credentials { issuer: Some(PublicUrl::from_operator(&origin).unwrap()), ..credentials() });
    client(&platform, &endpoint, &ANYTHING).connect().await.unwrap();
    let asked = |double: &Double| double.seen().iter().filter(|seen| seen.path == "/token").count();
    assert_eq!((asked(&issuer), asked(&double)), (1, 0));
}

#[tokio::test]
async fn without_credentials_a_refusal_is_passed_on() {
    let double = guarded(Says::default()).await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let why = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap_err();
    assert!(matches!(why, Error::Unauthorized { status: 401, .. }), "{why}");
}
