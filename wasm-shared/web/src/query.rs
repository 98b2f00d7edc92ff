use axum::extract::{FromRequestParts, Query};
use http::{StatusCode, Uri, request::Parts};
use suggest::Unknown;

use crate::{FieldProblem, Problem};

/// The query parameter that may carry the operator's key where `ALLOW_ADMIN_KEY_IN_QUERY` says so. Routes with parameters of their own
/// must let it pass.
pub(crate) const ADMIN_KEY: &str = "admin_key";

/// Problems that are told one by one: the nearest known name is looked for only for so many.
const MOST_LISTED: usize = 20;

/// The query of a request as it came: names and values, decoded, in order.
pub struct QueryPairs(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryPairs {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::of(&parts.uri)
    }
}

impl QueryPairs {
    pub(crate) fn of(uri: &Uri) -> Result<Self, Problem> {
        Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| Self(pairs)).map_err(|error| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "MALFORMED_QUERY",
                format!("The query cannot be read: {error}."),
            )
        })
    }

    /// The same without the operator's key, which [`Admin`](crate::Admin) judges.
    #[must_use]
    pub fn without_admin_key(mut self) -> Self {
        self.0.retain(|(name, _)| name != ADMIN_KEY);
        self
    }

    /// The values of the `known` parameters, in their order, and what is wrong with the rest: parameters that are not known, and
    /// those that are given twice.
    #[must_use]
    pub fn each_once<const N: usize>(self, known: [&str; N]) -> ([Option<String>; N], Vec<FieldProblem>) {
        let mut values = [const { None }; N];
        let mut problems = Vec::new();
        let mut unlisted = 0;
        for (name, value) in self.0 {
            let detail = match known.iter().position(|known| *known == name) {
                Some(place) if values[place].is_none() => {
                    values[place] = Some(value);
                    continue;
                }
                _ if problems.len() >= MOST_LISTED => {
                    unlisted += 1;
                    continue;
                }
                Some(_) => "is given twice; give it once".to_owned(),
                None => format!("unknown parameter: {}", Unknown::new(&name, known).listing(&known)),
            };
            problems.push(FieldProblem::in_query(&name, detail));
        }
        if unlisted > 0 {
            let detail = format!("{unlisted} more parameters are not valid");
            problems.push(FieldProblem { pointer: String::new(), detail });
        }
        (values, problems)
    }
}
