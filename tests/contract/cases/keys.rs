//! `/api/admin/keys`, `/api/auth`, `/api/keys`, `/api/grants`: keys that an operator gives and takes back.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Operated =>
            a_key_is_made_used_and_revoked,
            a_rotated_key_replaces_the_old_one,
            what_is_done_with_keys_is_in_the_audit_trail,
        ],
        cases![Scene::Imported => a_stranger_is_nobody_and_a_bad_key_is_refused]
            .into_iter()
            .map(Case::without_key)
            .collect(),
        cases![Scene::Bare => without_an_operators_key_no_key_can_be_made],
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Makes a key: its id and its secret.
fn make(service: &Service, body: &Value) -> (String, String) {
    let made = service.admin(Method::POST, "/api/admin/keys").json(body).send().expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("id"), text("key"))
}

fn auth_status(service: &Service, key: &str) -> u16 {
    service.get("/api/auth").bearer(key).send().status
}

fn a_key_is_made_used_and_revoked(service: &Service) {
    let (id, key) = make(service, &json!({"name": "contract", "scopes": ["read"]}));
    assert!(key.starts_with("mfe_") && key.len() == 53, "the form of a key");
    let auth = service.get("/api/auth").bearer(&key).send().ok();
    assert_eq!((&auth["authenticated"], &auth["scopes"]), (&json!(true), &json!(["read"])));
    let own = service.get("/api/keys").bearer(&key).send().ok();
    assert_eq!((own["keys"].as_array().map(Vec::len), &own["keys"][0]["id"]), (Some(1), &json!(id)));
    let refused = service.get("/api/admin/keys").bearer(&key).send().refused(403);
    assert_eq!(refused.code, "INSUFFICIENT_SCOPE");
    let path = format!("/api/admin/keys/{id}");
    assert_eq!(service.admin(Method::GET, &path).send().ok()["name"], "contract");
    let revoked = service.admin(Method::DELETE, &path).send().ok();
    assert!(revoked["revoked_at"].is_string());
    assert_eq!(service.get("/api/auth").bearer(&key).send().refused(401).code, "KEY_REVOKED");
}

fn a_rotated_key_replaces_the_old_one(service: &Service) {
    let (id, old) = make(service, &json!({"name": "contract"}));
    let path = format!("/api/admin/keys/{id}/rotate");
    let rotate = |grace: u32| {
        let rotated = service.admin(Method::POST, &path).json(&json!({"grace_seconds": grace})).send().ok();
        rotated["key"].as_str().expect("a key").to_owned()
    };
    let new = rotate(3600);
    assert_eq!((auth_status(service, &old), auth_status(service, &new)), (200, 200));
    let newest = rotate(0);
    assert_eq!((auth_status(service, &new), auth_status(service, &newest)), (401, 200));
}

fn what_is_done_with_keys_is_in_the_audit_trail(service: &Service) {
    let (id, key) = make(service, &json!({"name": "contract"}));
    assert_eq!(service.admin(Method::DELETE, &format!("/api/admin/keys/{id}")).send().status, 200);
    let audit = service.admin(Method::GET, "/api/admin/audit?limit=2").send().expect(200);
    assert!(!audit.text().contains(&key[10..]));
    let entries = audit.json()["entries"].clone();
    assert_eq!((&entries[0]["act"], &entries[1]["act"]), (&json!("key_revoked"), &json!("key_created")));
    assert_eq!((&entries[0]["target"], &entries[0]["actor"]), (&json!(id), &json!("operator")));
}

fn a_stranger_is_nobody_and_a_bad_key_is_refused(service: &Service) {
    assert_eq!(service.get("/api/auth").send().ok()["authenticated"], false);
    for (bad, code) in [("mfe_mistyped", "KEY_MISTYPED"), ("somebody-elses-key-of-length", "KEY_UNKNOWN")] {
        assert_eq!(service.get("/api/auth").bearer(bad).send().refused(401).code, code);
    }
    assert_eq!(service.get("/api/grants").send().refused(401).code, "KEY_MISSING");
}

fn without_an_operators_key_no_key_can_be_made(service: &Service) {
    let refused = service.post("/api/admin/keys").json(&json!({"name": "contract"})).send().refused(503);
    assert_eq!(refused.code, "ADMIN_DISABLED");
}
