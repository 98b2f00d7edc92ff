//! What MCP hosts are told, so that they offer to sign in.

use access::Limits;
use web::Scope;

use crate::common::{Instance, Reply, instance, with};

const METADATA: &str =
    "resource_metadata=\"https://mechafil.example/.well-known/oauth-protected-resource/mcp\"";

async fn call(one: &Instance, tool: &str, key: Option<&str>) -> Reply {
    let bearer = key.map(|key| format!("Bearer {key}"));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    one.send("POST", "/mcp", &headers, tool).await
}

fn challenge(reply: &Reply) -> &str {
    reply.header("www-authenticate").unwrap()
}

#[tokio::test]
async fn a_host_without_a_token_is_not_asked_to_sign_in_where_it_need_not() {
    let one = instance();
    let reply = call(&one, "list", None).await;
    assert_eq!((reply.status, reply.header("ratelimit-limit")), (200, None), "lists cost nothing");
    assert_eq!(call(&one, "read", None).await.left(), 59);
}

#[tokio::test]
async fn a_tool_that_needs_a_key_asks_for_all_scopes_at_once() {
    let one = instance();
    let reply = call(&one, "jobs", None).await;
    assert_eq!(reply.status, 401);
    assert_eq!(challenge(&reply), format!("Bearer {METADATA}, scope=\"read jobs\""));
    let (_, reader) = one.key(&[Scope::Read], Limits::DEFAULT, None).await;
    let reply = call(&one, "jobs", Some(&reader)).await;
    assert_eq!((reply.status, reply.code().as_str()), (403, "INSUFFICIENT_SCOPE"));
    assert!(challenge(&reply).contains("error=\"insufficient_scope\""), "{}", challenge(&reply));
    assert!(challenge(&reply).contains("scope=\"read jobs\"") && challenge(&reply).contains(METADATA));
    assert_eq!(reply.header("ratelimit-limit"), None, "a refused call costs nothing");
    assert_eq!(call(&one, "jobs", Some(&one.plain_key().await)).await.left(), 59);
}

#[tokio::test]
async fn a_bad_token_is_told_apart_from_none() {
    let one = instance();
    let token = access::Secret::mint(access::Kind::AccessToken, [7; 32]);
    let reply = call(&one, "list", Some(token.reveal())).await;
    assert_eq!(reply.status, 401);
    assert!(challenge(&reply).contains(METADATA), "{}", challenge(&reply));
    assert!(challenge(&reply).contains("error=\"invalid_token\""), "{}", challenge(&reply));
}

#[tokio::test]
async fn where_the_operator_wishes_it_a_host_signs_in_at_once() {
    for settings in [("MCP_SIGN_IN", "required"), ("PUBLIC_ACCESS", "false"), ("MCP_SIGN_IN", "mayeb")] {
        let one = with(&[settings]);
        for method in ["POST", "GET"] {
            let reply = one.send(method, "/mcp", &[], "list").await;
            assert_eq!(reply.status, 401, "{settings:?} {method}");
            assert_eq!(challenge(&reply), format!("Bearer {METADATA}, scope=\"read\""));
        }
    }
    assert_eq!(with(&[("MCP_SIGN_IN", "required")]).get("/read").await.status, 200, "that is of hosts only");
}

#[tokio::test]
async fn a_spent_anonymous_quota_is_401_for_hosts_and_429_for_those_with_a_key() {
    let one = with(&[("ANONYMOUS_REQUESTS_PER_MINUTE", "1")]);
    assert_eq!(call(&one, "read", None).await.status, 200);
    let reply = call(&one, "read", None).await;
    assert_eq!((reply.status, reply.code().as_str()), (401, "QUOTA_EXCEEDED"));
    assert_eq!(challenge(&reply), format!("Bearer {METADATA}, scope=\"read\""));
    assert_eq!((reply.header("retry-after"), reply.left()), (Some("60"), 0));
    assert_eq!(one.get("/read").await.status, 429, "elsewhere");
    let (_, key) = one.key(&[Scope::Read], Limits { per_minute: 1, per_day: 9 }, None).await;
    assert_eq!(call(&one, "read", Some(&key)).await.status, 200);
    assert_eq!(call(&one, "read", Some(&key)).await.status, 429);
}

#[tokio::test]
async fn the_challenge_names_the_public_address_where_it_is_set() {
    let one = with(&[("PUBLIC_URL", "https://forecasts.example"), ("MCP_SIGN_IN", "required")]);
    let reply = call(&one, "list", None).await;
    let place = "resource_metadata=\"https://forecasts.example/.well-known/oauth-protected-resource/mcp\"";
    assert!(challenge(&reply).contains(place), "{}", challenge(&reply));
}
