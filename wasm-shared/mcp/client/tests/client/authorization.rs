//! Headers of the operator's, and tokens by client credentials.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{StatusCode, header::WWW_AUTHENTICATE};
use mcp_client::{Credentials, Error};
use serde_json::json;

use crate::common::{ANYTHING, Double, Seen, client, json_reply, now, platform, with_status};

/// A server that takes only a token, and gives it itself.
async fn guarded(issuer: Option<&'static str>) -> Double {
    static GIVEN: AtomicUsize = AtomicUsize::new(0);
    Double::new(move |seen: Seen| {
        let origin = format!("http://{}", seen.header("host"));
        let authorized = seen.header("authorization").starts_with("Bearer token-");
        match (seen.path.as_str(), authorized) {
            ("/.well-known/oauth-protected-resource/mcp", _) => json_reply(&json!({
                "resource": format!("{origin}/mcp"), "authorization_servers": [origin], "scopes_supported": ["tools"],
            })),
            ("/.well-known/oauth-authorization-server", _) => json_reply(&json!({
                "issuer": issuer.unwrap_or(&origin), "token_endpoint": format!("{origin}/token"),
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
        token_url: None,
    }
}

#[tokio::test]
async fn a_token_is_had_by_client_credentials_once_and_sent_with_each_request() {
    let double = guarded(None).await;
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
    let double = guarded(Some("https://evil.example")).await;
    let (platform, mut endpoint) = (platform(), double.endpoint());
    endpoint.credentials = Some(credentials());
    let why = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap_err();
    assert!(matches!(why, Error::NoToken(_)), "{why}");
    assert!(!double.seen().iter().any(|seen| seen.path == "/token"));
    assert!(!format!("{:?} {why}", credentials()).contains("s3cret"));
}

#[tokio::test]
async fn without_credentials_a_refusal_is_passed_on() {
    let double = guarded(None).await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let why = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap_err();
    assert!(matches!(why, Error::Unauthorized { status: 401, .. }), "{why}");
}
