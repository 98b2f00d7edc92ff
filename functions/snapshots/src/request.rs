use axum::extract::{FromRequest, Request};
use http::StatusCode;
use network_data::{Snapshot, json::JsonError, validation::Refused};
use platform::Platform;
use web::{FieldProblem, Problem, RawBody};

/// The body of an import: a snapshot in its JSON form, valid and not of the future.
pub(crate) struct Import(pub(crate) Snapshot);

impl FromRequest<Platform> for Import {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        let RawBody(bytes) = RawBody::from_request(request, platform).await?;
        let snapshot = Snapshot::from_json(&bytes).map_err(|error| match error {
            JsonError::Malformed { .. } => {
                Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", capitalised(&error.to_string()))
            }
            JsonError::Refused(refused) => invalid(&refused),
        })?;
        snapshot
            .check_not_of_the_future(platform.clock().now().date_naive())
            .map_err(|refused| invalid(&refused))?;
        Ok(Self(snapshot))
    }
}

fn invalid(refused: &Refused) -> Problem {
    let problems = refused.problems().iter().map(|problem| {
        let day = problem.day.map(|day| format!("{day}: ")).unwrap_or_default();
        FieldProblem { pointer: problem.pointer.clone(), detail: format!("{day}{}", problem.detail) }
    });
    Problem::invalid(problems.collect())
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".")
        .unwrap_or_default()
}
