//! What an operator and an owner do with keys and grants, over HTTP.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use access::{Scopes, audit::Act};
use axum::{Router, body::Body};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use platform::{Application as _, Statement};
use platform_native::memory::World;
use serde_json::{Value, json};
use tower_service::Service as _;

const OPERATOR: &str = "the-operators-own-admin-key";

/// The function as it is deployed: behind the guard.
type Function = guard::Guarded<keys::Function>;

struct Service {
    world: World,
    app: Router,
}

struct Reply {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Value,
    text: String,
}

impl Service {
    fn new() -> Self {
        Self::with(&[("ADMIN_API_KEY", OPERATOR)])
    }

    fn with(variables: &[(&str, &str)]) -> Self {
        let world =
            variables.iter().fold(World::default(), |world, (name, value)| world.with_variable(name, value));
        let app = web::app(Function::routes(), world.platform());
        Self { world, app }
    }

    /// Another instance on the same stores.
    fn another(&self) -> Self {
        let world = self.world.clone();
        Self { app: web::app(Function::routes(), world.platform()), world }
    }

    async fn send(&self, method: &str, path: &str, key: Option<&str>, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header("host", "mechafil.example");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.header("x-request-id", "request-7").body(body).unwrap();
        let response = self.app.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Reply { status: parts.status, headers: parts.headers, body, text }
    }

    async fn operate(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.send(method, path, Some(OPERATOR), body).await
    }

    /// Makes a key: its id and its secret.
    async fn key(&self, body: Value) -> (String, String) {
        let reply = self.operate("POST", "/api/admin/keys", Some(body)).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        (reply.body["id"].as_str().unwrap().to_owned(), reply.body["key"].as_str().unwrap().to_owned())
    }

    async fn status_of(&self, key: &str) -> u16 {
        self.send("GET", "/api/auth", Some(key), None).await.status.as_u16()
    }
}

impl Reply {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_made_key_is_shown_once_works_and_is_listed_without_its_secret() {
    let service = Service::new();
    let made = service.operate("POST", "/api/admin/keys", Some(json!({ "name": "ci" }))).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.headers["cache-control"], "private, no-store");
    let (id, key) = (made.body["id"].as_str().unwrap(), made.body["key"].as_str().unwrap());
    assert_eq!(made.body["scopes"], json!(["read", "jobs"]));
    assert_eq!(
        (&made.body["requests_per_minute"], &made.body["requests_per_day"]),
        (&json!(60), &json!(10_000))
    );
    assert_eq!(made.body["owner"], id);
    let auth = service.send("GET", "/api/auth", Some(key), None).await;
    assert_eq!((&auth.body["authenticated"], &auth.body["name"]), (&json!(true), &json!("ci")));
    assert_eq!(auth.body["remaining"]["requests_per_minute"], 60);
    for path in ["/api/admin/keys", &format!("/api/admin/keys/{id}")] {
        let shown = service.operate("GET", path, None).await;
        assert_eq!(shown.status, 200);
        assert!(shown.text.contains(&key[..10]) && !shown.text.contains(&key[10..]), "{}", shown.text);
    }
}

#[tokio::test]
async fn two_keys_are_never_the_same() {
    let service = Service::new();
    let (one, other) = (service.key(json!({ "name": "a" })).await, service.key(json!({ "name": "a" })).await);
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

#[tokio::test]
async fn only_an_administrator_handles_keys() {
    let service = Service::new();
    let (id, plain) = service.key(json!({ "name": "plain" })).await;
    for (method, path) in [
        ("GET", "/api/admin/keys".to_owned()),
        ("POST", "/api/admin/keys".to_owned()),
        ("GET", format!("/api/admin/keys/{id}")),
        ("PATCH", format!("/api/admin/keys/{id}")),
        ("DELETE", format!("/api/admin/keys/{id}")),
        ("POST", format!("/api/admin/keys/{id}/rotate")),
        ("GET", "/api/admin/audit".to_owned()),
    ] {
        let anonymous = service.send(method, &path, None, None).await;
        assert_eq!(anonymous.status, 401, "{method} {path}");
        assert!(anonymous.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        assert_eq!(service.send(method, &path, Some("mfe_mistyped"), None).await.status, 401);
        let without = service.send(method, &path, Some(&plain), None).await;
        assert_eq!((without.status.as_u16(), without.code()), (403, "INSUFFICIENT_SCOPE"), "{method} {path}");
    }
    assert_eq!(service.status_of(&plain).await, 200, "nothing was revoked");
}

#[tokio::test]
async fn a_key_in_the_url_is_refused_also_beside_the_right_one_in_a_header() {
    let service = Service::new();
    let reply = service.operate("GET", "/api/admin/keys?admin_key=anything", None).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (401, "ADMIN_KEY_IN_QUERY"));
}

#[tokio::test]
async fn a_key_with_the_scope_admin_administers_and_is_named_in_the_audit_trail() {
    let service = Service::new();
    let (id, admin) = service.key(json!({ "name": "deputy", "scopes": ["admin"] })).await;
    let made = service.send("POST", "/api/admin/keys", Some(&admin), Some(json!({ "name": "x" }))).await;
    assert_eq!(made.status, 201);
    let audit = service.operate("GET", "/api/admin/audit", None).await;
    assert_eq!(audit.body["entries"][0]["actor"], json!(id));
    assert_eq!(audit.body["entries"][1]["actor"], "operator");
}

#[tokio::test]
async fn without_an_operators_key_administration_is_closed_to_strangers() {
    let reply = Service::with(&[]).send("GET", "/api/admin/keys", None, None).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (503, "ADMIN_DISABLED"));
}

#[tokio::test]
async fn every_act_is_audited_with_time_target_and_request() {
    let service = Service::new();
    let (id, _) = service.key(json!({ "name": "a" })).await;
    let path = format!("/api/admin/keys/{id}");
    service.operate("PATCH", &path, Some(json!({ "name": "b" }))).await;
    service.operate("POST", &format!("{path}/rotate"), None).await;
    service.operate("DELETE", &path, None).await;
    let audit = service.operate("GET", "/api/admin/audit", None).await;
    let entries = audit.body["entries"].as_array().unwrap();
    let acts: Vec<_> = entries.iter().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["key_revoked", "key_rotated", "key_changed", "key_created"]);
    for entry in entries {
        assert_eq!((&entry["target"], &entry["request_id"]), (&json!(id), &json!("request-7")));
        assert!(entry["at"].as_str().unwrap().ends_with('Z'));
    }
    let page = service.operate("GET", "/api/admin/audit?limit=3", None).await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let rest = service.operate("GET", &format!("/api/admin/audit?limit=3&cursor={cursor}"), None).await;
    assert_eq!(rest.body["entries"], json!([entries[3]]));
    assert_eq!(rest.body["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_another_instance_at_once() {
    let service = Service::new();
    let other = service.another();
    let (id, key) = service.key(json!({ "name": "a" })).await;
    assert_eq!(other.status_of(&key).await, 200);
    let revoked = service.operate("DELETE", &format!("/api/admin/keys/{id}"), None).await;
    assert!(revoked.body["revoked_at"].is_string());
    let refused = other.send("GET", "/api/auth", Some(&key), None).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, "KEY_REVOKED"));
    let changed =
        service.operate("PATCH", &format!("/api/admin/keys/{id}"), Some(json!({ "name": "b" }))).await;
    assert_eq!(changed.status, 404);
    let again = service.operate("DELETE", &format!("/api/admin/keys/{id}"), None).await;
    assert_eq!(again.body["revoked_at"], revoked.body["revoked_at"]);
}

#[tokio::test]
async fn a_rotated_key_has_its_old_secret_for_the_grace() {
    let service = Service::new();
    let start = service.world.platform().clock().now();
    service.world.set_now(start);
    let (id, old) = service.key(json!({ "name": "a" })).await;
    let path = format!("/api/admin/keys/{id}/rotate");
    let rotated = service.operate("POST", &path, Some(json!({ "grace_seconds": 60 }))).await;
    assert_eq!((rotated.status.as_u16(), &rotated.body["id"]), (200, &json!(id)));
    let new = rotated.body["key"].as_str().unwrap();
    assert_eq!((service.status_of(&old).await, service.status_of(new).await), (200, 200));
    service.world.set_now(start + Duration::from_mins(1));
    assert_eq!((service.status_of(&old).await, service.status_of(new).await), (401, 200));
    let newest = service.operate("POST", &path, Some(json!({ "grace_seconds": 0 }))).await;
    assert_eq!(service.status_of(new).await, 401, "without grace at once");
    assert_eq!(service.status_of(newest.body["key"].as_str().unwrap()).await, 200);
    assert_eq!(service.operate("POST", "/api/admin/keys/key_none/rotate", None).await.status, 404);
}

#[tokio::test]
async fn a_change_changes_what_it_names_and_null_names_nothing() {
    let service = Service::new();
    let (id, _) = service.key(json!({ "name": "a", "expires_at": "2100-01-01T00:00:00Z" })).await;
    let path = format!("/api/admin/keys/{id}");
    let body = json!({ "scopes": ["read"], "requests_per_minute": "7", "name": null, "expires_at": null });
    let changed = service.operate("PATCH", &path, Some(body)).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!((&changed.body["name"], &changed.body["scopes"]), (&json!("a"), &json!(["read"])));
    assert_eq!(changed.body["requests_per_minute"], 7);
    assert!(changed.body["warnings"][0].as_str().unwrap().contains("/requests_per_minute"));
    assert_eq!(changed.body["expires_at"], "2100-01-01T00:00:00.000Z");
    let changed = service.operate("PATCH", &path, Some(json!({ "expires_at": "never" }))).await;
    assert_eq!(changed.body["expires_at"], Value::Null);
}

#[tokio::test]
async fn an_expired_key_is_refused() {
    let service = Service::new();
    let start = service.world.platform().clock().now();
    service.world.set_now(start);
    let expires = (start + Duration::from_hours(1)).to_rfc3339();
    let (_, key) = service.key(json!({ "name": "a", "expires_at": expires })).await;
    assert_eq!(service.status_of(&key).await, 200);
    service.world.set_now(start + Duration::from_hours(1));
    let refused = service.send("GET", "/api/auth", Some(&key), None).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, "KEY_EXPIRED"));
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let service = Service::new();
    let body = json!({ "name": "", "scopes": ["read", "jbos"], "requests_per_minute": 0, "requests_per_day": 1.5,
                       "expires_at": "tomorrow", "nmae": "x", "owner": 7 });
    let refused = service.operate("POST", "/api/admin/keys", Some(body)).await;
    assert_eq!(refused.status, 422);
    let mut pointers: Vec<_> = refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["/expires_at", "/name", "/nmae", "/owner", "/requests_per_day", "/requests_per_minute", "/scopes"]
    );
    for hint in ["did you mean \\\"jobs\\\"", "did you mean \\\"name\\\""] {
        assert!(refused.text.contains(hint), "{hint}: {}", refused.text);
    }
    let nameless = service.operate("POST", "/api/admin/keys", None).await;
    assert_eq!(nameless.body["errors"][0]["pointer"], "/name");
    for query in ["?limit=0", "?limit=101", "?cursor=x", "?lmiit=1"] {
        assert_eq!(
            service.operate("GET", &format!("/api/admin/keys{query}"), None).await.status,
            422,
            "{query}"
        );
    }
}

#[tokio::test]
async fn who_calls_without_a_key_is_nobody_and_with_a_bad_one_is_refused() {
    let service =
        Service::with(&[("ADMIN_API_KEY", OPERATOR), ("API_KEYS", "ci:a-key-from-the-settings-file")]);
    let nobody = service.send("POST", "/api/auth", None, None).await;
    assert_eq!((&nobody.body["authenticated"], &nobody.body["scopes"]), (&json!(false), &json!(["read"])));
    assert_eq!(
        (&nobody.body["name"], &nobody.body["remaining"]["requests_per_minute"]),
        (&Value::Null, &json!(60))
    );
    let operator = service.operate("GET", "/api/auth", None).await;
    assert_eq!(operator.body["scopes"].as_array().unwrap().len(), Scopes::ALL.iter().count());
    let configured = service.send("GET", "/api/auth", Some("a-key-from-the-settings-file"), None).await;
    assert_eq!(configured.body["name"], "ci");
    for (bad, code) in [("mfe_x", "KEY_MISTYPED"), ("somebody-elses-key-of-length", "KEY_UNKNOWN")] {
        let refused = service.send("GET", "/api/auth", Some(bad), None).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (401, code));
        assert!(!refused.text.contains(bad));
    }
}

#[tokio::test]
async fn an_owner_without_grants_sees_none_and_can_end_none() {
    let service = Service::new();
    let (_, key) = service.key(json!({ "name": "a" })).await;
    let grants = service.send("GET", "/api/grants", Some(&key), None).await;
    assert_eq!((grants.status.as_u16(), &grants.body["grants"]), (200, &json!([])));
    let missing = service.send("DELETE", "/api/grants/grant_none", Some(&key), None).await;
    assert_eq!((missing.status.as_u16(), missing.code()), (404, "GRANT_NOT_FOUND"));
    assert_eq!(service.send("GET", "/api/grants", None, None).await.status, 401);
    let audit = service.operate("GET", "/api/admin/audit", None).await;
    assert!(!audit.text.contains(Act::GrantEnded.name()), "nothing was ended");
}

#[tokio::test]
async fn an_owner_sees_the_keys_of_the_same_owner_and_no_others() {
    let service = Service::new();
    let (first, key) = service.key(json!({ "name": "a", "owner": "acme" })).await;
    let (second, _) = service.key(json!({ "name": "b", "owner": "acme" })).await;
    service.key(json!({ "name": "c", "owner": "somebody else" })).await;
    let ids = |page: &Value| -> Vec<String> {
        page["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = service.send("GET", "/api/keys", Some(&key), None).await;
    assert_eq!((all.status.as_u16(), ids(&all.body)), (200, vec![second.clone(), first.clone()]));
    assert!(!all.text.contains(&key) && !all.text.contains("hash"), "{}", all.text);
    let page = service.send("GET", "/api/keys?limit=1", Some(&key), None).await;
    assert_eq!(ids(&page.body), [second]);
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let rest = service.send("GET", &format!("/api/keys?limit=1&cursor={cursor}"), Some(&key), None).await;
    assert_eq!((ids(&rest.body), &rest.body["next_cursor"]), (vec![first], &Value::Null));
    assert_eq!(service.send("GET", "/api/keys", None, None).await.status, 401);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_503_and_opens_nothing() {
    let service = Service::new();
    let (_, key) = service.key(json!({ "name": "a" })).await;
    service.world.fail(Some("database"));
    for key in [key.as_str(), OPERATOR] {
        let reply = service.send("GET", "/api/admin/keys", Some(key), None).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (503, "STORAGE_UNAVAILABLE"));
    }
    assert_eq!(service.status_of(&key).await, 503);
}

/// Tokio's clock is paused and moves on by itself when all wait.
#[tokio::test(start_paused = true)]
async fn a_database_that_hangs_is_503_within_the_deadline_and_opens_nothing() {
    let service = Service::new();
    let (_, key) = service.key(json!({ "name": "a" })).await;
    let _ = service.world.clone().hurried(1);
    service.world.hang(Some("database"));
    let paths = [
        (OPERATOR, "/api/admin/keys"),
        (OPERATOR, "/api/admin/audit"),
        (key.as_str(), "/api/auth"),
        (key.as_str(), "/api/keys"),
        (key.as_str(), "/api/grants"),
    ];
    for (key, path) in paths {
        let began = tokio::time::Instant::now();
        let reply = service.send("GET", path, Some(key), None).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (503, "STORAGE_UNAVAILABLE"), "{path}");
        assert!(began.elapsed() <= Duration::from_secs(4), "{path}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn neither_the_store_nor_the_log_holds_a_secret() {
    let service = Service::new();
    let (id, old) = service.key(json!({ "name": "a" })).await;
    let rotated = service.operate("POST", &format!("/api/admin/keys/{id}/rotate"), None).await;
    let new = rotated.body["key"].as_str().unwrap();
    service.status_of(new).await;
    let all = vec![Statement::new("SELECT * FROM api_keys", []), Statement::new("SELECT * FROM audit", [])];
    let stored = format!("{:?}", service.world.platform().database().run(all).await.unwrap());
    let log = format!("{:?}", service.world.log_lines());
    assert!(stored.contains(&id) && log.contains("/api/auth"), "the search sees both");
    for secret in [old.as_str(), new, OPERATOR] {
        assert!(!stored.contains(&secret[10..]) && !log.contains(&secret[10..]));
    }
}
