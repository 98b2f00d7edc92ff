use planning::{Assignment, Draft, phase::PHASES, schema, tool::TOOLS};
use serde_json::{Map, Value};

#[test]
fn every_output_schema_can_be_checked() {
    for text in TOOLS.iter().map(|tool| tool.output).chain(PHASES.iter().map(|phase| phase.schema)).chain([
        include_str!("../../schemas/aios_get_status.json"),
        include_str!("../../schemas/aios_get_artifact.json"),
        include_str!("../../schemas/code_plan.json"),
    ]) {
        let schema = schema::of(text);
        assert_eq!(schema["type"], "object", "{text}");
        json_schema::Schema::read(&schema).unwrap();
    }
}

/// `OpenAI`'s strict mode and Anthropic's structured outputs refuse more than this.
fn judge(schema: &Value, place: &str) {
    if let Some(members) = schema.as_object().filter(|members| members.contains_key("type")) {
        for name in members.keys() {
            let taken =
                ["type", "description", "required", "properties", "additionalProperties", "items", "enum"];
            assert!(taken.contains(&name.as_str()), "{place} has {name}");
        }
        if members["type"] == "object" {
            let properties = members["properties"].as_object().unwrap();
            let named: Vec<&str> =
                members["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(
                properties.keys().all(|name| named.contains(&name.as_str()))
                    && named.len() == properties.len(),
                "{place}"
            );
            assert_eq!(members["additionalProperties"], false, "{place}");
            properties.iter().for_each(|(name, schema)| judge(schema, &format!("{place}/{name}")));
        }
        if let Some(items) = members.get("items") {
            judge(items, &format!("{place}/items"));
        }
    }
}

#[test]
fn what_a_model_is_asked_for_is_a_schema_that_every_provider_takes() {
    for phase in PHASES {
        let input = Map::new();
        let assignment = Assignment { phase, input: &input, former: &[], today: "2026-11-22" };
        let request = Draft::default().request(&assignment).unwrap();
        let asked = request.schema.unwrap();
        judge(&asked.schema, phase.name);
        assert!(request.system.contains(&asked.schema.to_string()), "the prompt says the schema too");
        assert!(asked.name.len() <= 64);
    }
}

#[test]
fn what_the_code_computes_no_model_is_asked_for() {
    let text = schema::of(PHASES[1].schema).to_string();
    assert!(text.contains("contrast_ratio"));
    let input = Map::new();
    let assignment = Assignment { phase: PHASES[1], input: &input, former: &[], today: "2026-11-22" };
    let request = Draft::default().request(&assignment).unwrap();
    assert!(!request.schema.unwrap().schema.to_string().contains("contrast_ratio"));
}
