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
        ContentBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

pub(crate) struct Parameters;

impl IntoParams for Parameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, description: String, schema: Value| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema_of(schema)))
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
                json!({"enum": Resolution::ALL.map(Resolution::name)}),
            ),
        ]
    }
}

pub(crate) struct Documented;

impl IntoResponses for Documented {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = ContentBuilder::new().schema(Some(schema_of(reply()))).build();
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let refused = ResponseBuilder::new()
            .description("An unknown field, resolution or parameter; `errors` names each.")
            .content("application/problem+json", problem);
        let found = ResponseBuilder::new().description("The history.").content("application/json", content);
        [("200", found.build()), ("422", refused.build())]
            .map(|(status, response)| (status.to_owned(), RefOr::T(response)))
            .into()
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

fn schema_of(schema: Value) -> RefOr<Schema> {
    serde_json::from_value(schema).unwrap_or_default()
}
