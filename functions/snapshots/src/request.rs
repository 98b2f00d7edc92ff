use std::borrow::Cow;

use axum::extract::{FromRequest, Request};
use http::StatusCode;
use network_data::{Snapshot, json::JsonError, validation::Refused};
use platform::Platform;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use web::{FieldProblem, Problem, QueryPairs, RawBody, sentence};

/// The body of an import: a snapshot in its JSON form, valid and not of the future.
pub(crate) struct Import(pub(crate) Snapshot);

impl FromRequest<Platform> for Import {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let RawBody(bytes) = RawBody::from_request(request, platform).await?;
        let snapshot = Snapshot::from_json(&bytes).map_err(|error| match error {
            JsonError::Malformed { .. } => {
                Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", sentence(&error.to_string()))
            }
            JsonError::Refused(refused) => invalid(&refused),
        })?;
        snapshot
            .check_not_of_the_future(platform.clock().now().date_naive())
            .map_err(|refused| invalid(&refused))?;
        Ok(Self(snapshot))
    }
}

/// The JSON form of a snapshot, as the import reads it and the export writes it.
pub(crate) struct SnapshotForm;

impl PartialSchema for SnapshotForm {
    fn schema() -> RefOr<Schema> {
        web::openapi::schema(network_data::json::schema())
    }
}

impl ToSchema for SnapshotForm {
    fn name() -> Cow<'static, str> {
        "Snapshot".into()
    }
}

/// The query of a restore: `pin`, `true` or `false`.
pub(crate) fn pin(query: QueryPairs) -> Result<bool, Problem> {
    let ([pin], mut refused) = query.without_admin_key().each_once(["pin"]);
    if pin.as_deref().is_some_and(|pin| pin != "true" && pin != "false") {
        refused.push(FieldProblem::in_query("pin", "is neither true nor false"));
    }
    if refused.is_empty() { Ok(pin.is_some_and(|pin| pin == "true")) } else { Err(Problem::invalid(refused)) }
}

fn invalid(refused: &Refused) -> Problem {
    let problems = refused.problems().iter().map(|problem| {
        let day = problem.day.map(|day| format!("{day}: ")).unwrap_or_default();
        FieldProblem { pointer: problem.pointer.clone(), detail: format!("{day}{}", problem.detail) }
    });
    Problem::invalid(problems.collect())
}
