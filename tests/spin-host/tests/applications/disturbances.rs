//! What tests can do to an application: disturb its stores, give each request an instance, watch memory.

use std::{collections::HashSet, time::Duration};

use serde_json::{Value, json};

use crate::support::{Application, Running};

const GRANTED: &str = r#"key_value_stores = ["default"]
sqlite_databases = ["default"]"#;

async fn get(running: &Running) -> Value {
    running.post("/key-value", json!({ "store": "default", "call": "get", "key": "a", "value": "" })).await
}

async fn select(running: &Running) -> Value {
    running.post("/sql", json!({ "database": "default", "statements": [["SELECT 1", []]] })).await
}

#[tokio::test]
async fn stores_fail_while_the_file_says_so() {
    let application = Application::granted(GRANTED);
    let running = application.start().await.unwrap();
    let undisturbed = (get(&running).await, select(&running).await);
    application.write("disturbances", "key-value get fail\nsqlite * fail 1");
    let refused = get(&running).await;
    assert!(refused["error"].as_str().unwrap().contains("made to fail"), "{refused}");
    let refused = select(&running).await;
    assert!(
        refused.to_string().contains("sqlite execute was made to fail"),
        "the first call was let by: {refused}"
    );
    application.write("disturbances", "key-value set fail");
    assert_eq!((get(&running).await, select(&running).await), undisturbed);
    application.write("disturbances", "key-value get never");
    let refused = get(&running).await;
    assert!(refused["error"].as_str().unwrap().contains("is no disturbance"), "{refused}");
}

#[tokio::test]
async fn stores_hang_while_the_file_says_so() {
    let application = Application::granted(GRANTED);
    let running = application.start().await.unwrap();
    application.write("disturbances", "key-value open 1");
    assert_eq!(get(&running).await, json!({ "ok": null }), "slow, but it answers");
    application.write("disturbances", "key-value get hang");
    let waited = tokio::time::timeout(Duration::from_millis(300), get(&running)).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(select(&running).await[0]["ok"]["rows"], json!([[1]]), "the other store answers");
}

#[tokio::test]
async fn each_request_can_have_an_instance_of_its_own() {
    let mut application = Application::granted("");
    application.requests_per_instance = Some(1);
    let running = application.start().await.unwrap();
    let mut instances = HashSet::new();
    for _ in 0..5 {
        let instance = running.get("/instance").await;
        assert_eq!(instance["requests"], 1);
        assert!(instances.insert(instance["id"].to_string()));
    }
}

#[tokio::test]
async fn the_memory_of_instances_is_told() {
    let application = Application::granted("");
    let running = application.start().await.unwrap();
    running.get("/instance").await;
    let told = std::fs::read_to_string(application.path("memory.log")).unwrap();
    let bytes: Vec<usize> =
        told.lines().map(|line| line.strip_prefix("fixture ").unwrap().parse().unwrap()).collect();
    assert!(bytes.iter().all(|bytes| *bytes >= 1 << 16), "{told}");
    assert!(!bytes.is_empty());
}
