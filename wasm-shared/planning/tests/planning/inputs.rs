use planning::{
    Refusal, input,
    tool::{self, TOOLS},
};
use serde_json::{Map, Value, json};

#[expect(clippy::needless_pass_by_value, reason = "it is called with json! in place")]
fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn refusals(tool: &str, given: Value) -> Vec<Refusal> {
    input::read(tool::named(tool).unwrap(), object(given)).unwrap_err()
}

fn detail(refusals: &[Refusal], pointer: &str) -> String {
    let found = refusals.iter().find(|refusal| refusal.pointer == pointer);
    found.unwrap_or_else(|| panic!("nothing of {pointer} in {refusals:?}")).detail.clone()
}

#[test]
fn what_is_required_is_missed_in_every_tool() {
    for (tool, required) in [
        ("aios_strategize", vec!["/product_name"]),
        ("aios_design_ux", vec!["/product_name"]),
        ("aios_design_architecture", vec!["/spec"]),
        ("aios_generate_code", vec!["/spec"]),
        ("aios_full_pipeline", vec!["/product_name", "/description"]),
    ] {
        for given in [json!({}), json!({"product_name": null, "spec": null, "description": null})] {
            let found = input::read(tool::named(tool).unwrap(), {
                let mut given = object(given);
                given.retain(|name, _| required.contains(&format!("/{name}").as_str()));
                given
            });
            let pointers: Vec<String> =
                found.unwrap_err().into_iter().map(|refusal| refusal.pointer).collect();
            assert_eq!(pointers, required, "{tool}");
        }
    }
}

#[test]
fn every_bad_field_is_named_at_once_and_an_unknown_one_with_the_nearest_known_name() {
    let found = refusals(
        "aios_strategize",
        json!({"product_name": 7, "key_problem": ["x"], "target_segments": "all", "success_metrics": [1, "  "], "market_context": "x".repeat(20_001)}),
    );
    assert!(detail(&found, "/product_name").contains("a text"));
    assert!(detail(&found, "/key_problem").contains("key_problems"));
    assert!(detail(&found, "/target_segments").contains("list"));
    assert!(detail(&found, "/success_metrics/0").contains("a text"));
    assert!(detail(&found, "/success_metrics/1").contains("1 to 500"));
    assert!(detail(&found, "/market_context").contains("20000"));
    assert_eq!(found.len(), 6);
}

#[test]
fn lists_and_objects_are_bounded() {
    let found = refusals("aios_design_ux", json!({"product_name": "P", "user_flows": vec!["x"; 51]}));
    assert!(detail(&found, "/user_flows").contains("at most 50"));
    let found = refusals(
        "aios_design_ux",
        json!({"product_name": "P", "design_preferences": {"a": "x".repeat(100_000)}}),
    );
    assert!(detail(&found, "/design_preferences").contains("100000"));
}

#[test]
fn target_files_outside_of_the_project_and_other_frameworks_are_refused() {
    let found = refusals(
        "aios_generate_code",
        json!({"spec": "S", "target_files": ["a.ts", "../b.ts"], "framework": "nextjs"}),
    );
    assert!(detail(&found, "/target_files/1").contains(".."));
    assert!(detail(&found, "/framework").contains("nextjs-react"));
}

#[test]
fn phases_run_in_their_order_whatever_the_order_in_which_they_are_named() {
    let tool = tool::named("aios_full_pipeline").unwrap();
    let given = json!({"product_name": "P", "description": "D", "phases": ["code", "strategy", "code"]});
    let input = input::read(tool, object(given)).unwrap();
    assert_eq!(input["phases"], json!(["strategy", "code"]));
    let names: Vec<_> = tool.phases_for(&input).iter().map(|phase| phase.name).collect();
    assert_eq!(names, ["strategy", "code"]);
    let found = refusals(
        "aios_full_pipeline",
        json!({"product_name": "P", "description": "D", "phases": ["architectur"]}),
    );
    assert!(detail(&found, "/phases/0").contains("architecture"));
    assert!(
        !refusals("aios_full_pipeline", json!({"product_name": "P", "description": "D", "phases": []}))
            .is_empty()
    );
}

#[test]
fn what_the_input_schema_allows_is_what_the_reader_takes() {
    for tool in TOOLS {
        let schema = json_schema::Schema::read(&Value::Object(tool.input_schema())).unwrap();
        let given: Map<String, Value> = tool
            .fields
            .iter()
            .map(|field| {
                let schema = &tool.input_schema()["properties"][field.name];
                let value = match schema["type"].as_str().unwrap() {
                    "object" => json!({"a": 1}),
                    "array" => json!([schema["items"]["enum"].get(0).cloned().unwrap_or(json!("a"))]),
                    _ => schema["enum"].get(0).cloned().unwrap_or(json!("https://example.org/x")),
                };
                (field.name.to_owned(), value)
            })
            .collect();
        assert_eq!(schema.check(&Value::Object(given.clone())), [], "{}", tool.name);
        assert_eq!(input::read(tool, given.clone()).unwrap(), given, "{}", tool.name);
        let mut other = given;
        other.insert("other".to_owned(), json!(1));
        assert!(!schema.check(&Value::Object(other)).is_empty());
    }
}
