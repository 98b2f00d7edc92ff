use serde_json::{Value, json};

use crate::support::{Application, Running};

const GRANTED: &str = r#"key_value_stores = ["default"]"#;

async fn call(running: &Running, call: &str, key: &str, value: &str) -> Value {
    let asked = json!({ "store": "default", "call": call, "key": key, "value": value });
    running.post("/key-value", asked).await
}

#[tokio::test]
async fn a_value_is_read_back_and_outlives_a_restart() {
    let application = Application::granted(GRANTED);
    let running = application.start().await.unwrap();
    assert_eq!(call(&running, "get", "a", "").await, json!({ "ok": null }));
    assert_eq!(call(&running, "set", "a", "one").await, json!({ "ok": null }));
    assert_eq!(call(&running, "set", "a", "two").await, json!({ "ok": null }));
    running.server.stop().await;
    let running = application.start().await.unwrap();
    assert_eq!(call(&running, "get", "a", "").await, json!({ "ok": "two" }));
}

#[tokio::test]
async fn keys_are_listed_until_they_are_deleted() {
    let running = Application::granted(GRANTED).start().await.unwrap();
    call(&running, "set", "a", "1").await;
    call(&running, "set", "b", "2").await;
    assert_eq!(call(&running, "keys", "", "").await, json!({ "ok": ["a", "b"] }));
    assert_eq!(call(&running, "exists", "a", "").await, json!({ "ok": true }));
    assert_eq!(call(&running, "delete", "a", "").await, json!({ "ok": null }));
    assert_eq!(call(&running, "delete", "never there", "").await, json!({ "ok": null }));
    assert_eq!(call(&running, "exists", "a", "").await, json!({ "ok": false }));
    assert_eq!(call(&running, "keys", "", "").await, json!({ "ok": ["b"] }));
}

#[tokio::test]
async fn a_store_that_was_not_granted_is_denied() {
    let running = Application::granted("").start().await.unwrap();
    assert_eq!(call(&running, "get", "a", "").await, json!({ "error": "Error::AccessDenied" }));
    let running = Application::granted(GRANTED).start().await.unwrap();
    let other = running.post("/key-value", json!({ "store": "other", "call": "keys" })).await;
    assert_eq!(other, json!({ "error": "Error::AccessDenied" }));
}

#[tokio::test]
async fn what_is_over_the_documented_limits_is_refused() {
    let running = Application::granted(GRANTED).start().await.unwrap();
    assert_eq!(call(&running, "set", &"k".repeat(256), &"v".repeat(1 << 20)).await, json!({ "ok": null }));
    let long_key = call(&running, "set", &"k".repeat(257), "v").await;
    assert!(long_key["error"].as_str().unwrap().contains("257 bytes"), "{long_key}");
    let large_value = call(&running, "set", "k", &"v".repeat((1 << 20) + 1)).await;
    assert!(large_value["error"].as_str().unwrap().contains("1048577 bytes"), "{large_value}");
}

#[tokio::test]
async fn a_further_store_is_known_from_the_runtime_config_and_keeps_to_itself() {
    let mut application = Application::granted(r#"key_value_stores = ["default", "archive"]"#);
    let definition = "[key_value_store.archive]\ntype = \"spin\"\npath = \"archive.db\"\n";
    application.runtime_config = Some(application.write("runtime-config.toml", definition));
    let running = application.start().await.unwrap();
    let archived = running
        .post("/key-value", json!({ "store": "archive", "call": "set", "key": "a", "value": "1" }))
        .await;
    assert_eq!(archived, json!({ "ok": null }));
    assert_eq!(call(&running, "keys", "", "").await, json!({ "ok": [] }));
    assert!(application.path("archive.db").is_file());
}
