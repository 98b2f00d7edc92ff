use crate::support::{Application, manifest};

#[tokio::test]
async fn a_store_or_database_that_leads_nowhere_stops_the_start() {
    for grants in [r#"key_value_stores = ["archive"]"#, r#"sqlite_databases = ["archive"]"#] {
        let refusal = Application::granted(grants).refusal().await;
        assert!(
            refusal.contains(r#""archive" is not defined"#) && refusal.contains("--runtime-config-file"),
            "{refusal}"
        );
    }
}

#[tokio::test]
async fn a_key_of_the_manifest_that_is_unknown_stops_the_start() {
    let refusal = Application::granted(r#"key_value_store = ["default"]"#).refusal().await;
    assert!(refusal.contains("unknown field `key_value_store`"), "{refusal}");
}

#[tokio::test]
async fn a_required_variable_without_a_value_stops_the_start() {
    let required = format!("variables = {{ token = {{ required = true }} }}\n{}", manifest(""));
    let refusal = Application::with_manifest(&required).refusal().await;
    assert!(refusal.contains("--variable token="), "{refusal}");
}

#[tokio::test]
async fn a_component_that_is_missing_or_is_none_stops_the_start() {
    let component = |source: &str| {
        format!(
            "spin_manifest_version = 2\napplication = {{ name = \"test\" }}\ntrigger = {{}}\n\
             [component.it]\nsource = \"{source}\"\n"
        )
    };
    let refusal = Application::with_manifest(&component("absent.wasm")).refusal().await;
    assert!(refusal.contains("absent.wasm does not exist"), "{refusal}");
    let application = Application::with_manifest(&component("text.wasm"));
    application.write("text.wasm", "not wasm");
    let refusal = application.refusal().await;
    assert!(refusal.contains(r#"component "it""#), "{refusal}");
    let application = Application::with_manifest(&component("empty.wasm"));
    // The smallest component there is: it exports nothing, so nothing can be asked of it.
    std::fs::write(application.path("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    let refusal = application.refusal().await;
    assert!(refusal.contains("it is no WASI 0.3 HTTP component"), "{refusal}");
}

#[tokio::test]
async fn a_route_to_a_component_that_is_not_there_stops_the_start() {
    let refusal = Application::with_manifest(
        &manifest("").replace(r#"component = "fixture""#, r#"component = "fixtrue""#),
    );
    let refusal = refusal.refusal().await;
    assert!(refusal.contains("fixtrue"), "{refusal}");
}
