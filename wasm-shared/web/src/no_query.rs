use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{FieldProblem, Problem, QueryPairs};

/// Parameters that are refused one by one; a hostile URL has thousands.
const MOST_LISTED: usize = 20;

/// The query of a request that has everything in its body: none. An assumption in the URL would be ignored without a word,
/// and the answer would not be the one meant.
pub struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let QueryPairs(query) = QueryPairs::from_request_parts(parts, state).await?;
        if query.is_empty() { Ok(Self) } else { Err(Problem::invalid(refused(&query))) }
    }
}

fn refused(query: &[(String, String)]) -> Vec<FieldProblem> {
    let detail = "a POST has everything in its JSON body and nothing in the query; only GET /simulate takes assumptions there";
    let listed = query.iter().take(MOST_LISTED).map(|(name, _)| FieldProblem::in_query(name, detail));
    let mut refused: Vec<_> = listed.collect();
    if let Some(more @ 1..) = query.len().checked_sub(MOST_LISTED) {
        let detail = format!("{more} more parameters are not valid");
        refused.push(FieldProblem { pointer: String::new(), detail });
    }
    refused
}
