//! What is answered.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jobs::{Job, view::time};
use planning::{
    artifact::{Format, KINDS, Kind, Results},
    link::{Link, WORKS},
};
use serde::Serialize;
use web::Problem;

/// Artifacts are their owner's: no cache keeps them.
const PRIVATE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

/// What a planning job has made so far.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ArtifactList {
    /// The job's id.
    job_id: String,
    /// Where the job stands.
    status: &'static str,
    /// The artifacts, in the order of the phases.
    artifacts: Vec<Artifact>,
    /// When the links end to work.
    expires_at: String,
}

/// An artifact.
#[derive(Serialize, utoipa::ToSchema)]
struct Artifact {
    /// Its type.
    #[serde(rename = "type")]
    kind: &'static str,
    /// A title.
    title: &'static str,
    /// Links that work without a key until `expires_at`, by format.
    links: Links,
}

/// Links to an artifact, by format.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ArtifactLinks)]
struct Links {
    /// The data.
    json: String,
    /// The document.
    markdown: String,
    /// The document as a page without scripts.
    html: String,
    /// Both, and files under their paths.
    zip: String,
}

pub(crate) fn list(job: &Job, results: &Results, key: &str, now: i64) -> Response {
    let expires = now + WORKS.as_secs().cast_signed();
    let link = |kind: &Kind, format: Format| {
        Link { job: &job.id, artifact: kind.name, format: format.name(), expires }.path(key)
    };
    let artifact = |kind: &'static Kind| Artifact {
        kind: kind.name,
        title: kind.title,
        links: Links {
            json: link(kind, Format::Json),
            markdown: link(kind, Format::Markdown),
            html: link(kind, Format::Html),
            zip: link(kind, Format::Zip),
        },
    };
    let list = ArtifactList {
        job_id: job.id.clone(),
        status: job.status.name(),
        artifacts: KINDS.iter().filter(|kind| kind.is_in(results)).map(artifact).collect(),
        expires_at: time(expires * 1000),
    };
    ([PRIVATE], web::json(&list)).into_response()
}

/// An artifact. A browser runs nothing of it, whatever it holds, and sends its address nowhere.
pub(crate) fn artifact(job: &Job, kind: &Kind, format: Format, bytes: Vec<u8>) -> Response {
    let shown = if format == Format::Zip { "attachment" } else { "inline" };
    let name = format!("{shown}; filename=\"{}-{}.{}\"", kind.name, job.id, format.extension());
    let headers = [
        PRIVATE,
        (header::CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
            ),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, bytes).into_response()
}

pub(crate) fn job_not_found() -> Problem {
    let detail = "No such job is yours, or it is forgotten. GET /api/jobs lists your jobs; completed ones are kept for an hour, unless the \
                  operator says otherwise.";
    Problem::new(StatusCode::NOT_FOUND, "JOB_NOT_FOUND", detail)
}

pub(crate) fn other_tool(job: &Job) -> Problem {
    let detail = format!(
        "A job of the tool {} has no artifacts; its result is at {}.",
        job.tool,
        jobs::view::output_path(&job.id)
    );
    Problem::new(StatusCode::NOT_FOUND, "ARTIFACT_NOT_FOUND", detail)
}

pub(crate) fn not_made(job: &Job, kind: &Kind) -> Problem {
    let detail = format!(
        "The job is {} and has not made {}. GET /api/jobs/{}/artifacts lists what there is.",
        job.status.name(),
        kind.name,
        job.id
    );
    Problem::new(StatusCode::NOT_FOUND, "ARTIFACT_NOT_FOUND", detail)
}

pub(crate) fn link_refused() -> Problem {
    let detail = "The link is not good, or not any more: links work for ten minutes. Ask for a new one with the key of the job's owner.";
    Problem::new(StatusCode::FORBIDDEN, "LINK_REFUSED", detail)
}
