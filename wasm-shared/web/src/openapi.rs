//! What the functions' parts of the OpenAPI document share. Only the tool that writes the document is built with it.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Schema},
};

/// A JSON Schema, made from the tables that read requests and write replies, as part of the document.
///
/// # Panics
/// When it is none that the document can hold. The tool that writes the document stops then, which is what it should do.
#[must_use]
#[expect(clippy::expect_used, reason = "a document without this schema must not be written")]
pub fn schema(schema: Value) -> RefOr<Schema> {
    serde_json::from_value(schema).expect("a schema that OpenAPI 3.1 can hold (every enum with its type)")
}

/// The responses of an operation by status.
#[must_use]
pub fn responses<const N: usize>(all: [(&str, Response); N]) -> BTreeMap<String, RefOr<Response>> {
    all.map(|(status, response)| (status.to_owned(), RefOr::T(response))).into()
}

/// A response that is a [`Problem`](crate::Problem).
#[must_use]
pub fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

/// What the operator's paths answer when something is wrong.
pub struct OperatorProblems;

impl IntoResponses for OperatorProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses([
            ("401", problem("No admin key, a wrong one, or one in the URL.")),
            ("404", problem("No snapshot of that date is archived.")),
            ("422", problem("A value is not possible; `errors` or `detail` names it.")),
            ("503", problem("No ADMIN_API_KEY is set, or a store did not answer.")),
        ])
    }
}

/// What a path that takes a body answers when the body is wrong.
pub struct BodyProblems;

impl IntoResponses for BodyProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses([
            ("400", problem("The body is not JSON.")),
            ("413", problem("The body is larger than 1 MiB.")),
            ("415", problem("The body is not declared as JSON.")),
        ])
    }
}
