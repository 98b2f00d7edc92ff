//! Which artifact is asked for, and in which form.

use axum::extract::{FromRequestParts, Path};
use http::{StatusCode, request::Parts};
use planning::artifact::{self, Format, KINDS, Kind};
use platform::Platform;
use suggest::Unknown;
use web::{FieldProblem, Problem, QueryPairs};

use crate::response;

/// An artifact in a format.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) kind: &'static Kind,
    pub(crate) format: Format,
}

/// An artifact of a job.
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) wanted: Wanted,
}

impl FromRequestParts<Platform> for Shown {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let (id, kind) = path(parts, platform).await?;
        let pairs = QueryPairs::from_request_parts(parts, platform).await?;
        let ([format], problems) = pairs.each_once(["format"]);
        let format = format_of(format, problems)?;
        Ok(Self { id, wanted: Wanted { kind, format } })
    }
}

/// An artifact by a signed link.
pub(crate) struct Signed {
    pub(crate) id: String,
    pub(crate) wanted: Wanted,
    pub(crate) expires: i64,
    pub(crate) signature: String,
}

impl FromRequestParts<Platform> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Problem> {
        let (id, kind) = path(parts, platform).await?;
        let pairs = QueryPairs::from_request_parts(parts, platform).await?;
        let ([format, expires, signature], problems) = pairs.each_once(["format", "expires", "signature"]);
        let format = format_of(format, problems)?;
        let expires = expires.and_then(|text| text.parse().ok()).ok_or_else(response::link_refused)?;
        let signature = signature.unwrap_or_default();
        Ok(Self { id, wanted: Wanted { kind, format }, expires, signature })
    }
}

async fn path(parts: &mut Parts, platform: &Platform) -> Result<(String, &'static Kind), Problem> {
    let path = Path::<(String, String)>::from_request_parts(parts, platform).await;
    let Path((id, kind)) = path.map_err(|_| {
        let detail = "The path cannot be read: what stands behind % in it must spell UTF-8.";
        Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_PATH", detail)
    })?;
    let kind = artifact::named(&kind).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        let detail = Unknown::new(&kind, known.iter().copied()).listing(&known);
        Problem::new(StatusCode::NOT_FOUND, "ARTIFACT_NOT_FOUND", detail)
    })?;
    Ok((id, kind))
}

fn format_of(given: Option<String>, mut problems: Vec<FieldProblem>) -> Result<Format, Problem> {
    let format = match given {
        None => Format::Json,
        Some(given) => Format::named(&given).unwrap_or_else(|| {
            let known = Format::ALL.map(Format::name);
            problems.push(FieldProblem::in_query("format", Unknown::new(&given, known).listing(&known)));
            Format::Json
        }),
    };
    if problems.is_empty() { Ok(format) } else { Err(Problem::invalid(problems)) }
}
