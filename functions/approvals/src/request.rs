//! Queries and bodies, read.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use platform::Platform;
use serde_json::Value;
use suggest::Unknown;
use web::{FieldProblem, JsonObject, Problem, QueryPairs};

/// Entries of a page, where the caller does not say.
const PAGE: u32 = 50;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 1_000;

/// Which page of a list.
pub(crate) struct Listed {
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

impl FromRequestParts<Platform> for Listed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let pairs = QueryPairs::from_request_parts(parts, platform).await?;
        let ([cursor, limit], mut problems) = pairs.each_once(["cursor", "limit"]);
        let mut page = Self { before: None, limit: PAGE };
        if let Some(cursor) = cursor {
            page.before = cursor.parse().ok();
            if page.before.is_none() {
                problems.push(FieldProblem::in_query("cursor", "is not a `next_cursor` of this list"));
            }
        }
        if let Some(limit) = limit {
            match limit.parse() {
                Ok(limit @ 1..=100) => page.limit = limit,
                _ => problems.push(FieldProblem::in_query("limit", "is not a whole number from 1 to 100")),
            }
        }
        if problems.is_empty() { Ok(page) } else { Err(Problem::invalid(problems)) }
    }
}

/// Why a job is not allowed.
pub(crate) struct Reason(pub(crate) String);

impl FromRequest<Platform> for Reason {
    type Rejection = Problem;

    async fn from_request(request: Request, platform: &Platform) -> Result<Self, Problem> {
        const KNOWN: [&str; 1] = ["reason"];
        let JsonObject(mut object) = JsonObject::from_request(request, platform).await?;
        let reason = object.remove("reason");
        let mut problems: Vec<FieldProblem> = object
            .keys()
            .take(20)
            .map(|name| FieldProblem {
                pointer: format!(
                    "/{}",
                    name.chars().take(80).collect::<String>().replace('~', "~0").replace('/', "~1")
                ),
                detail: Unknown::new(name, KNOWN).listing(&KNOWN),
            })
            .collect();
        let reason = reason.as_ref().and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if !(1..=LONGEST_REASON).contains(&reason.chars().count()) {
            let detail = format!(
                "is missing or too long: say in 1 to {LONGEST_REASON} characters why it may not begin"
            );
            problems.push(FieldProblem { pointer: "/reason".to_owned(), detail });
        }
        if problems.is_empty() { Ok(Self(reason.to_owned())) } else { Err(Problem::invalid(problems)) }
    }
}

#[derive(utoipa::ToSchema)]
#[schema(as = ApprovalRejection)]
#[expect(dead_code, reason = "for the document only")]
pub(crate) struct ReasonSchema {
    /// Why it may not begin, 1 to 1,000 characters. The job's owner reads it.
    reason: String,
}
