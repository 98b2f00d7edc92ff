use axum::extract::{FromRequest, Request};
use http::StatusCode;
use network_data::{Snapshot, json::JsonError, validation::Refused};
use platform::Platform;
use suggest::Unknown;
use web::{ADMIN_KEY, FieldProblem, Problem, QueryPairs, RawBody};

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

/// The query of a restore: `pin`, `true` or `false`.
pub(crate) fn pin(QueryPairs(pairs): QueryPairs) -> Result<bool, Problem> {
    let mut pin = None;
    let mut refused = Vec::new();
    for (name, value) in pairs.into_iter().filter(|(name, _)| name != ADMIN_KEY) {
        let parameter: String = name.chars().take(80).collect();
        let detail = match (name.as_str(), value.as_str()) {
            ("pin", _) if pin.is_some() => "is given twice".to_owned(),
            ("pin", "true" | "false") => {
                pin = Some(value == "true");
                continue;
            }
            ("pin", _) => "is neither true nor false".to_owned(),
            _ => format!("unknown parameter: {}", Unknown::new(&name, ["pin"]).listing(&["pin"])),
        };
        refused.push(FieldProblem { pointer: format!("?{parameter}"), detail });
    }
    if refused.is_empty() { Ok(pin.unwrap_or(false)) } else { Err(Problem::invalid(refused)) }
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
