use serde_json::json;

use crate::support::{Application, manifest};

#[tokio::test]
async fn a_component_reads_the_variables_that_it_lists_and_no_others() {
    let grants = r#"variables = { source = "{{ base }}/v2" }"#;
    let declared = r#"variables = { base = { default = "https://a.example" }, token = { required = true } }"#;
    let mut application = Application::with_manifest(&format!("{declared}\n{}", manifest(grants)));
    application.variables.insert("token".to_owned(), "secret".to_owned());
    let running = application.start().await.unwrap();
    assert_eq!(running.get("/variable?name=source").await, json!({ "ok": "https://a.example/v2" }));
    let undefined = json!({ "error": r#"Error::Undefined("no variable for \"fixture\".\"token\"")"# });
    assert_eq!(running.get("/variable?name=token").await, undefined);
    let invalid = running.get("/variable?name=SOURCE").await;
    assert!(invalid["error"].as_str().unwrap().starts_with("Error::InvalidName"), "{invalid}");
}

#[tokio::test]
async fn the_environment_is_what_the_manifest_says_and_nothing_of_the_hosts() {
    let running = Application::granted(r#"environment = { LEVEL = "debug" }"#).start().await.unwrap();
    assert_eq!(running.get("/environment?name=LEVEL").await, json!({ "ok": "debug" }));
    assert_eq!(running.get("/environment?name=PATH").await, json!({ "error": "NotPresent" }));
}
