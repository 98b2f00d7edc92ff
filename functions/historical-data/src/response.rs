//! The reply as the OpenAPI document describes it; its fields come from the table that writes it.

use std::collections::BTreeMap;

use network_data::{
    calendar::Resolution,
    historical::{Field, fields},
};
use serde_json::{Map, Value, json};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        ContentBuilder, RefOr, Required, Response, ResponseBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};
use web::openapi::{problem, responses, schema};

pub(crate) struct Parameters;

impl IntoParams for Parameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, description: String, values: Value| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema(values)))
                .build()
        };
        let names: Vec<_> = fields().map(Field::name).collect();
        vec![
            parameter(
                "fields",
                format!(
                    "The fields to return, with commas between them; all when left out. {}.",
                    names.join(", ")
                ),
                json!({"type": "string", "examples": ["historical_raw_power_eib,burnt_fil"]}),
            ),
            parameter(
                "resolution",
                "Every day, every Monday, or the first day of every month.".to_owned(),
                json!({"type": "string", "enum": Resolution::ALL.map(Resolution::name)}),
            ),
        ]
    }
}

pub(crate) struct Documented;

impl IntoResponses for Documented {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = ContentBuilder::new().schema(Some(schema(reply()))).build();
        let found =
            ResponseBuilder::new().description("The history.").content("application/json", content).build();
        responses([
            ("200", found),
            ("422", problem("An unknown field, resolution or parameter; `errors` names each.")),
            ("503", problem("No network data yet, or a store did not answer.")),
        ])
    }
}

fn reply() -> Value {
    let properties: Map<String, Value> = fields()
        .map(|field| {
            let kind = if field.anchor().is_some() {
                json!({"type": "array", "items": {"type": ["number", "null"]}})
            } else {
                json!({"type": "number"})
            };
            let mut described = kind;
            described["description"] = format!("{} Unit: {}.", field.meaning(), field.unit()).into();
            (field.name().to_owned(), described)
        })
        .collect();
    json!({"type": "object", "required": ["data"],
           "properties": {"data": {"type": "object", "properties": properties}}})
}
