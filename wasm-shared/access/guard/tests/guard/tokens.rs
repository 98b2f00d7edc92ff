//! Access tokens of MCP hosts, which stand for a key.

use access::Limits;
use web::Scope;

use crate::common::{Instance, NOON, Reply, instance, set, with};

const HOUR: i64 = 3_600_000;

/// A token for a key of these scopes, with the key.
async fn token(one: &Instance, scopes: &[Scope]) -> (String, String) {
    let (id, key) = one.key(scopes, Limits::DEFAULT, None).await;
    (one.token(&id).await, key)
}

async fn at_host(one: &Instance, host: &str, path: &str, token: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    one.send_to(host, "POST", path, &[("authorization", &bearer)], "list").await
}

#[tokio::test]
async fn a_token_is_good_at_the_address_that_it_was_issued_for_and_at_no_other() {
    let one = instance();
    let (token, _) = token(&one, &[Scope::Read, Scope::Jobs]).await;
    for path in ["/mcp", "/jobs"] {
        for host in ["mechafil.example", "MechaFil.Example", "mechafil.example:443"] {
            assert_eq!(at_host(&one, host, path, &token).await.status, 200, "{host}{path}");
        }
        for host in ["other.example", "mechafil.example.evil.example", "mechafil.example:8443", "localhost"] {
            let refused = at_host(&one, host, path, &token).await;
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (401, "TOKEN_FOR_ANOTHER_SERVER"),
                "{host}{path}"
            );
            let challenge = refused.header("www-authenticate").unwrap();
            assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
            assert_eq!(refused.header("ratelimit-limit"), None, "a refused call costs nothing");
        }
    }
}

#[tokio::test]
async fn a_token_ends_where_the_operator_gives_the_deployment_another_address() {
    let one = instance();
    let (token, _) = token(&one, &[Scope::Read]).await;
    for (public_url, status) in
        [("https://mechafil.example", 200), ("https://forecasts.example", 401), ("nonsense", 401)]
    {
        let moved = Instance::on(one.world.clone().with_variable("PUBLIC_URL", public_url));
        assert_eq!(moved.get_as("/read", &token).await.status, status, "{public_url}");
    }
}

#[tokio::test]
async fn a_token_that_ran_out_is_401_so_that_the_host_refreshes() {
    let one = instance();
    let (token, _) = token(&one, &[Scope::Read, Scope::Jobs]).await;
    set(&one.world, NOON + HOUR - 1);
    assert_eq!(one.post_as("/mcp", &token).await.status, 200);
    set(&one.world, NOON + HOUR);
    let refused = one.post_as("/mcp", &token).await;
    assert_eq!((refused.status, refused.code().as_str()), (401, "KEY_EXPIRED"));
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(
        challenge.contains("error=\"invalid_token\"") && challenge.contains("resource_metadata="),
        "{challenge}"
    );
    assert_eq!(
        one.get_as("/read", &token).await.status,
        401,
        "where everybody may read it is not taken for none"
    );
}

#[tokio::test]
async fn a_token_spends_the_limits_of_its_key() {
    let one = instance();
    let (token, key) = token(&one, &[Scope::Read]).await;
    assert_eq!(one.get_as("/read", &token).await.left(), 59);
    assert_eq!(one.get_as("/read", &key).await.left(), 58);
    assert_eq!(one.get_as("/read", &token).await.left(), 57);
}

#[tokio::test]
async fn a_token_administers_nothing_whatever_its_key_may() {
    let one = instance();
    let (token, key) = token(&one, &[Scope::Read, Scope::Admin]).await;
    assert_eq!(one.get_as("/admin", &key).await.status, 200);
    let refused = one.get_as("/admin", &token).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "INSUFFICIENT_SCOPE"));
}

#[tokio::test]
async fn a_token_or_key_in_the_address_opens_nothing() {
    let one = with(&[("PUBLIC_ACCESS", "false"), ("ALLOW_ADMIN_KEY_IN_QUERY", "true")]);
    let (token, key) = token(&one, &[Scope::Read, Scope::Jobs]).await;
    for secret in [&token, &key] {
        for name in ["access_token", "token", "key", "api_key", "admin_key", "authorization"] {
            for (method, path) in [("GET", "/read"), ("POST", "/jobs"), ("POST", "/mcp")] {
                let reply = one.send(method, &format!("{path}?{name}={secret}"), &[], "").await;
                assert_eq!(
                    (reply.status, reply.code().as_str()),
                    (401, "KEY_MISSING"),
                    "{method} {path}?{name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_request_brings_its_own_credential_also_within_a_session() {
    let one = with(&[("MCP_SIGN_IN", "required")]);
    let (token, _) = token(&one, &[Scope::Read]).await;
    let session = ("mcp-session-id", "session-1");
    let bearer = format!("Bearer {token}");
    for _ in 0..2 {
        let with_token = one.send("POST", "/mcp", &[session, ("authorization", &bearer)], "list").await;
        assert_eq!(with_token.status, 200);
        let without = one.send("POST", "/mcp", &[session], "list").await;
        assert_eq!((without.status, without.code().as_str()), (401, "KEY_MISSING"));
    }
}
