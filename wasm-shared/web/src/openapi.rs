//! Code that the functions' parts of the OpenAPI document share. Only the tool that writes the document is built with it.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::{
    IntoResponses,
    openapi::{
        Content, ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, Schema,
        SecurityRequirement, extensions::Extensions, path::Operation as Documented,
    },
};

use access::{Access, Scope, Scopes};

use crate::{Operation, Verb};

/// A JSON Schema, made from the tables that read requests and write replies, as part of the document.
///
/// # Panics
/// When the document cannot hold it. The tool that writes the document then stops, as it should.
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

/// The problems that the operator's paths answer with.
pub struct OperatorProblems;

impl IntoResponses for OperatorProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses([
            ("401", problem("No admin key, a wrong one, or one in the URL.")),
            ("404", problem("Nothing of that name is there.")),
            ("422", problem("A value is not possible; `errors` or `detail` names it.")),
            ("503", problem("No ADMIN_API_KEY is set, or a store did not answer.")),
        ])
    }
}

/// The problems of a path that takes a body.
pub struct BodyProblems;

impl IntoResponses for BodyProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses([
            ("400", problem("The body is not JSON, or breaks off.")),
            ("413", problem("The body is larger than this path reads.")),
            ("415", problem("The body is not declared as JSON, or is compressed.")),
            ("422", problem("Some values are not possible; `errors` names each.")),
        ])
    }
}

/// A function's part of the document with what its table of operations says: each operation's name, scope and cost, the key that
/// it asks for, and the answers to those who do not have it.
///
/// # Panics
/// When an operation of the part has no row in the table, or a row of the table is not in the part. The tool that writes the document
/// stops then: what is not in the document is not tested for the conventions.
#[must_use]
pub fn described(mut part: OpenApi, table: &[Operation]) -> OpenApi {
    for row in table {
        let is_documented = part
            .paths
            .paths
            .get_mut(row.path)
            .is_some_and(|item| operations(item).iter().any(|(verb, _)| *verb == row.verb));
        assert!(is_documented, "{:?} {} has a row and no utoipa::path in the part", row.verb, row.path);
    }
    for (path, item) in &mut part.paths.paths {
        for (verb, operation) in operations(item) {
            let row = table.iter().find(|row| row.path == path && row.verb == verb);
            let Some(row) = row else { panic!("{verb:?} {path} has no row in its function's table") };
            state(operation, row);
        }
    }
    part
}

/// Writes into an operation of the document what its row says.
fn state(operation: &mut Documented, row: &Operation) {
    operation.operation_id = Some(row.id.to_owned());
    let scopes: Vec<_> = row.scopes().iter().map(Scope::name).collect();
    let mut stated = Extensions::builder().add("x-scopes", scopes).add("x-cost", row.cost);
    if row.is_costed_by_size {
        stated = stated.add("x-cost-by-size", true);
    }
    let stated = stated.build();
    operation.extensions.get_or_insert_default().merge(stated);
    for response in operation.responses.responses.values_mut() {
        as_problem(response);
    }
    let Access::Requires(scopes) = row.access else { return };
    let with = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    let (keys, refusals) = if row.is_operators() {
        (vec![with("admin_key"), with("key")], ADMINISTRATORS)
    } else if Scopes::of(&[Scope::Read]).contains(scopes) {
        // Where the deployment lets everybody read.
        (vec![SecurityRequirement::default(), with("key")], CALLERS)
    } else {
        (vec![with("key")], CALLERS)
    };
    operation.security.get_or_insert(keys);
    for (status, description) in refusals {
        let responses = &mut operation.responses.responses;
        responses.entry((*status).to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
}

/// The answers of the guard.
const CALLERS: &[(&str, &str)] = &[
    ("401", "A key or token that is not good, or none where one is needed."),
    ("403", "The key lacks a scope."),
    ("429", "The caller's quota is spent; `Retry-After` says when there is room again."),
    ("503", "A store did not answer, or there are no data yet."),
];

const ADMINISTRATORS: &[(&str, &str)] = &[
    ("401", "No admin key, a wrong one, or one in the URL."),
    ("403", "The key lacks the scope `admin`."),
    ("429", "The key's quota is spent; `Retry-After` says when there is room again."),
    ("503", "No ADMIN_API_KEY is set, or it could be guessed, or a store did not answer."),
];

/// Where a response is a [`Problem`](crate::Problem), its media type is that of problems.
fn as_problem(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let problem = RefOr::Ref(Ref::from_schema_name("Problem"));
    let is_problem = |content: &RefOr<Content>| matches!(content, RefOr::T(content) if content.schema.as_ref() == Some(&problem));
    if response.content.get("application/json").is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert("application/problem+json".to_owned(), content);
    }
}

/// The operations of a path.
fn operations(item: &mut PathItem) -> Vec<(Verb, &mut Documented)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [
        (Verb::Get, get),
        (Verb::Post, post),
        (Verb::Put, put),
        (Verb::Patch, patch),
        (Verb::Delete, delete),
    ];
    all.into_iter()
        .filter_map(|(verb, operation)| operation.as_mut().map(|operation| (verb, operation)))
        .collect()
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{HttpMethod, PathsBuilder, path::OperationBuilder};

    use super::*;

    const ROWS: &[Operation] =
        &[Operation::open(Verb::Get, "/a", "get_a"), Operation::open(Verb::Post, "/a", "make_a")];

    fn part(methods: impl IntoIterator<Item = HttpMethod>) -> OpenApi {
        let mut part = OpenApi::default();
        let paths = methods.into_iter().fold(PathsBuilder::new(), |paths, method| {
            paths.path("/a", PathItem::new(method, OperationBuilder::new().build()))
        });
        part.paths = paths.build();
        part
    }

    #[test]
    fn every_operation_gets_the_name_of_its_row() {
        let document = described(part([HttpMethod::Get, HttpMethod::Post]), ROWS);
        let item = &document.paths.paths["/a"];
        let names =
            [&item.get, &item.post].map(|operation| operation.clone().unwrap_or_default().operation_id);
        assert_eq!(names, [Some("get_a".to_owned()), Some("make_a".to_owned())]);
    }

    #[test]
    #[should_panic(expected = "Post /a has a row and no utoipa::path")]
    fn an_operation_that_nobody_documented_stops_the_document() {
        drop(described(part([HttpMethod::Get]), ROWS));
    }

    #[test]
    #[should_panic(expected = "Post /a has no row")]
    fn a_documented_operation_without_a_row_stops_the_document() {
        drop(described(part([HttpMethod::Get, HttpMethod::Post]), &ROWS[..1]));
    }
}
