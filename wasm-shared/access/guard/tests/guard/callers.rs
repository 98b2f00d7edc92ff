//! Who gets through.

use access::{Expiry, Limits, audit::Act};
use web::Scope;

use crate::common::{Instance, NOON, OPERATOR, instance, set, with};

fn foreign() -> String {
    access::Secret::mint(access::Kind::Key, [7; 32]).reveal().to_owned()
}

#[tokio::test]
async fn a_bad_key_is_refused_everywhere_and_never_taken_for_none() {
    let one = with(&[("WRONG_KEYS_PER_MINUTE", "1000")]);
    let (revoked_id, revoked) = one.key(&[Scope::Read, Scope::Jobs], Limits::DEFAULT, None).await;
    one.revoke(&revoked_id).await;
    let (_, expired) = one.key(&[Scope::Read], Limits::DEFAULT, Some(Expiry::At(NOON))).await;
    let token = access::Secret::mint(access::Kind::RefreshToken, [7; 32]).reveal().to_owned();
    for (key, code) in [
        (revoked.as_str(), "KEY_REVOKED"),
        (&expired, "KEY_EXPIRED"),
        (&foreign(), "KEY_UNKNOWN"),
        ("mfe_mistyped", "KEY_MISTYPED"),
        (&token, "KEY_WRONG_KIND"),
        ("somebody-elses-admin-key-0", "KEY_UNKNOWN"),
        ("two words", "AUTHORIZATION_MALFORMED"),
        ("", "AUTHORIZATION_MALFORMED"),
    ] {
        for (method, path) in [
            ("GET", "/read"),
            ("POST", "/jobs"),
            ("GET", "/me"),
            ("GET", "/mine"),
            ("GET", "/admin"),
            ("POST", "/mcp"),
        ] {
            let bearer = format!("Bearer {key}");
            let reply = one.send(method, path, &[("authorization", &bearer)], "").await;
            assert_eq!((reply.status, reply.code().as_str()), (401, code), "{method} {path} {code}");
            let challenge = reply.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer ") && challenge.contains("invalid_token"), "{challenge}");
            assert!(key.len() < 20 || !reply.text.contains(key), "{}", reply.text);
        }
        let opened = one.send("GET", "/health", &[("authorization", &format!("Bearer {key}"))], "").await;
        assert_eq!(opened.status, 200, "nobody looks at a key where everybody may ask");
    }
}

#[tokio::test]
async fn without_a_key_reading_is_open_and_the_rest_asks_for_one() {
    let one = instance();
    assert_eq!(one.get("/read").await.status, 200);
    for (method, path) in [("POST", "/jobs"), ("GET", "/mine"), ("GET", "/admin")] {
        let reply = one.send(method, path, &[], "").await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "KEY_MISSING"), "{method} {path}");
        assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer realm="));
    }
}

#[tokio::test]
async fn a_closed_deployment_asks_everybody_for_a_key_but_where_nothing_is_asked() {
    for setting in ["false", "maybe"] {
        let one = with(&[("PUBLIC_ACCESS", setting)]);
        for path in ["/read", "/me"] {
            assert_eq!(one.get(path).await.code(), "KEY_MISSING", "{path}");
        }
        assert_eq!(one.get("/health").await.status, 200);
        assert_eq!(one.get_as("/read", &one.plain_key().await).await.status, 200);
        assert_eq!(one.get_as("/read", OPERATOR).await.status, 200);
    }
}

#[tokio::test]
async fn a_key_without_the_scope_is_403_that_names_it() {
    let one = instance();
    let (_, reader) = one.key(&[Scope::Read], Limits::DEFAULT, None).await;
    let (_, worker) = one.key(&[Scope::Jobs], Limits::DEFAULT, None).await;
    for (key, method, path, scope) in [
        (&reader, "POST", "/jobs", "jobs"),
        (&reader, "GET", "/admin", "admin"),
        (&worker, "GET", "/read", "read"),
        (&worker, "GET", "/admin", "admin"),
    ] {
        let reply = one.send(method, path, &[("authorization", &format!("Bearer {key}"))], "").await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "INSUFFICIENT_SCOPE"), "{path}");
        assert!(reply.json()["detail"].as_str().unwrap().contains(scope), "{}", reply.text);
        assert!(reply.header("www-authenticate").unwrap().contains("insufficient_scope"));
        assert_eq!(reply.header("ratelimit-limit"), None, "a refused call costs nothing");
    }
    assert_eq!(one.post_as("/jobs", &worker).await.status, 200);
    assert_eq!(one.get_as("/me", &worker).await.text, "\"test\"", "whatever its scopes");
}

#[tokio::test]
async fn an_administrators_key_is_one_key_among_others_and_the_operators_opens_all() {
    let one = instance();
    let (_, deputy) = one.key(&[Scope::Admin], Limits::DEFAULT, None).await;
    let reply = one.get_as("/admin", &deputy).await;
    assert_eq!((reply.text.as_str(), reply.left()), ("in", 59));
    for (method, path) in [("GET", "/read"), ("POST", "/jobs"), ("GET", "/mine"), ("GET", "/admin")] {
        let bearer = format!("Bearer {OPERATOR}");
        for headers in [("authorization", bearer.as_str()), ("x-admin-key", OPERATOR)] {
            assert_eq!(one.send(method, path, &[headers], "").await.status, 200, "{method} {path}");
        }
    }
    let reply = one.get_as("/admin", OPERATOR).await;
    assert_eq!(reply.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn a_key_in_the_url_is_refused_unless_the_operator_allows_it() {
    let path = format!("/admin?admin_key={OPERATOR}");
    let one = instance();
    for reply in [one.get(&path).await, one.get_as(&path, OPERATOR).await] {
        assert_eq!((reply.status, reply.code().as_str()), (401, "ADMIN_KEY_IN_QUERY"));
        assert!(!reply.text.contains(OPERATOR));
    }
    let one = with(&[("ALLOW_ADMIN_KEY_IN_QUERY", "true")]);
    assert_eq!(one.get(&path).await.status, 200);
    assert_eq!(one.get("/admin?admin_key=guess").await.status, 401);
}

#[tokio::test]
async fn without_an_operators_key_administration_says_that_it_is_closed_but_not_to_an_administrators_key() {
    let one = with(&[("ADMIN_API_KEY", "")]);
    assert_eq!(one.get("/admin").await.code(), "ADMIN_DISABLED");
    assert_eq!(one.get_as("/admin", "anything").await.code(), "ADMIN_DISABLED");
    let (_, deputy) = one.key(&[Scope::Admin], Limits::DEFAULT, None).await;
    assert_eq!(one.get_as("/admin", &deputy).await.status, 200);
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_another_instance_at_once() {
    let one = instance();
    let other = one.another();
    let (id, key) = one.key(&[Scope::Read], Limits::DEFAULT, None).await;
    assert_eq!(other.get_as("/read", &key).await.status, 200);
    one.revoke(&id).await;
    assert_eq!(other.get_as("/read", &key).await.code(), "KEY_REVOKED");
}

#[tokio::test]
async fn a_key_of_the_settings_reads_starts_jobs_and_has_limits() {
    let one = with(&[("API_KEYS", "ci:a-key-from-the-settings-file")]);
    let reply = one.post_as("/jobs", "a-key-from-the-settings-file").await;
    assert_eq!((reply.status, reply.left()), (200, 59));
    assert_eq!(one.get_as("/admin", "a-key-from-the-settings-file").await.status, 403);
}

#[tokio::test]
async fn an_act_that_was_done_is_in_the_audit_trail_with_who_and_from_where_and_one_that_failed_is_not() {
    let one = with(&[("CLIENT_ADDRESS_HEADER", "x-real-ip")]);
    let (id, deputy) = one.key(&[Scope::Admin], Limits::DEFAULT, None).await;
    for (key, body) in
        [(OPERATOR, "good"), (OPERATOR, "bad"), ("mfe_mistyped", "good"), (deputy.as_str(), "good")]
    {
        let bearer = format!("Bearer {key}");
        let headers =
            [("authorization", bearer.as_str()), ("x-real-ip", "192.0.2.1"), ("x-request-id", "request-7")];
        one.send("PUT", "/import", &headers, body).await;
    }
    let rows = one.audit().await;
    let acts: Vec<_> = rows.iter().map(|row| (row.act, row.actor.as_str())).collect();
    let (imported, created) = (Act::SnapshotImported, Act::KeyCreated);
    assert_eq!(acts, [(imported, id.as_str()), (imported, "operator"), (created, "operator")]);
    assert_eq!((rows[0].target.as_str(), rows[0].at), ("/import", NOON));
    assert_eq!(
        (rows[0].address.as_deref(), rows[0].request_id.as_deref()),
        (Some("192.0.2.1"), Some("request-7"))
    );
}

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let one = with(&[("WRONG_KEYS_PER_MINUTE", "3")]);
    let (key, foreign) = (one.plain_key().await, foreign());
    for key in [OPERATOR, key.as_str(), &foreign, "somebody-elses-admin-key-0"] {
        for _ in 0..3 {
            one.get_as("/read", key).await;
            one.get_as("/admin", key).await;
            one.get(&format!("/admin?admin_key={key}")).await;
        }
        assert!(!format!("{:?}", one.world.log_lines()).contains(key), "{:?}", one.world.log_lines());
    }
}

#[tokio::test]
async fn without_a_guard_reading_is_open_and_what_needs_a_key_is_closed() {
    let world = instance().world;
    let app = web::app(<crate::common::Function as platform::Application>::routes(), world.platform());
    let bare = Instance { world, app };
    assert_eq!(bare.get("/read").await.status, 200);
    assert_eq!(bare.send("POST", "/sized?size=9", &[], "").await.status, 200);
    let jobs = bare.post_as("/jobs", OPERATOR).await;
    assert_eq!((jobs.status, jobs.code().as_str()), (503, "ACCESS_NOT_DEPLOYED"));
    assert_eq!(bare.send("POST", "/mcp", &[], "jobs").await.code(), "ACCESS_NOT_DEPLOYED");
    assert_eq!(bare.get("/admin").await.status, 401);
    assert_eq!(bare.get_as("/admin", OPERATOR).await.text, "in");
}

#[tokio::test]
async fn an_address_that_tries_many_keys_has_to_wait_and_others_do_not() {
    let one = with(&[("WRONG_KEYS_PER_MINUTE", "3"), ("CLIENT_ADDRESS_HEADER", "x-real-ip")]);
    let from = async |address: &'static str, key: &str| {
        let headers = [("x-real-ip", address), ("authorization", &format!("Bearer {key}"))];
        one.send("GET", "/admin", &headers, "").await
    };
    for number in 0..3 {
        let guess = format!("a-guess-of-the-admin-key-{number}");
        assert_eq!(
            from("192.0.2.1", "mfe_mistyped").await.code(),
            "KEY_MISTYPED",
            "a typing error is no guess"
        );
        assert_eq!(from("192.0.2.1", &guess).await.code(), "KEY_UNKNOWN");
    }
    set(&one.world, NOON + 10_000);
    let refused = from("192.0.2.1", OPERATOR).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "TOO_MANY_WRONG_KEYS"));
    assert_eq!(refused.header("retry-after"), Some("50"));
    assert_eq!(
        one.send("GET", "/read", &[("x-real-ip", "192.0.2.1")], "").await.status,
        200,
        "without a key"
    );
    assert_eq!(from("192.0.2.2", OPERATOR).await.status, 200);
    set(&one.world, NOON + 60_000);
    assert_eq!(from("192.0.2.1", OPERATOR).await.status, 200);
}
