//! `/admin/snapshot` and `/admin/snapshots`: the operator imports, lists, exports and restores snapshots.

mod request;
mod response;

use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use http::{HeaderValue, StatusCode, header};
use network_data::Snapshot;
use platform::{Application, Platform};
use request::Import;
use response::{Archived, Published, Released};
use web::openapi::BodyProblems;
use web::{
    Act, Admin, Operation, PathParameter, Problem, QueryPairs, Routes, Scope, Validator, Verb, body::SNAPSHOT,
};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Put, "/admin/snapshot", "import_snapshot", Scope::Admin)
        .reading(SNAPSHOT)
        .audited(Act::SnapshotImported),
    Operation::new(Verb::Get, "/admin/snapshots", "list_snapshots", Scope::Admin),
    Operation::new(Verb::Delete, "/admin/snapshots/pin", "unpin_snapshot", Scope::Admin)
        .audited(Act::SnapshotUnpinned),
    Operation::new(Verb::Get, "/admin/snapshots/{date}", "export_snapshot", Scope::Admin),
    Operation::new(Verb::Post, "/admin/snapshots/{date}/restore", "restore_snapshot", Scope::Admin)
        .audited(Act::SnapshotRestored),
];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS)
        .handle("import_snapshot", import)
        .handle("list_snapshots", list)
        .handle("unpin_snapshot", unpin)
        .handle("export_snapshot", export)
        .handle("restore_snapshot", restore)
        .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Cache, Database];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// Import a snapshot in the JSON form that the export gives; it is validated and becomes the current one.
#[utoipa::path(
    put, path = "/admin/snapshot", tag = "operation", 
    request_body(content = request::SnapshotForm, description = "A snapshot, as `GET /admin/snapshots/{date}` gives it."),
    responses((status = 200, description = "Published.", body = Published), BodyProblems),
)]
async fn import(
    _: Admin,
    State(platform): State<Platform>,
    Import(snapshot): Import,
) -> Result<Response, Problem> {
    let published = snapshot_store::publish(&platform, snapshot).await?;
    Ok(web::json(&Published::of("imported", &published)))
}

/// The dates of the published snapshots that are archived, newest first.
#[utoipa::path(
    get, path = "/admin/snapshots", tag = "operation",
    responses((status = 200, description = "The archive.", body = Archived)),
)]
async fn list(_: Admin, State(platform): State<Platform>, headers: HeaderMap) -> Result<Response, Problem> {
    let archived = Archived::of(&snapshot_store::dates(&platform).await?);
    let dates = archived.snapshots.join(",");
    Ok(Validator::of(&["/admin/snapshots", &dates]).answer(&headers, || web::json(&archived)))
}

/// The snapshot of a date that was published last, in the JSON form that the import takes.
#[utoipa::path(
    get, path = "/admin/snapshots/{date}", tag = "operation",
    params(("date" = String, Path, format = Date, description = "The snapshot's date.", example = "2025-09-09")),
    responses((status = 200, description = "The snapshot.", body = request::SnapshotForm),
              (status = 404, description = "No snapshot of that date is archived.", body = Problem),
              (status = 422, description = "The path does not name a date.", body = Problem)),
)]
async fn export(
    _: Admin,
    State(platform): State<Platform>,
    headers: HeaderMap,
    PathParameter(date): PathParameter,
) -> Result<Response, Problem> {
    let snapshot = archived(&platform, &date).await?;
    let fingerprint = snapshot.fingerprint().to_string();
    Ok(Validator::of(&["/admin/snapshots", &date, &fingerprint]).answer(&headers, || {
        let json = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, json)], snapshot.to_json()).into_response()
    }))
}

/// Publish an archived snapshot again. Pinned, it stays current until it is released: refreshes fetch, but do not publish.
#[utoipa::path(
    post, path = "/admin/snapshots/{date}/restore", tag = "operation",
    params(("date" = String, Path, format = Date, description = "The snapshot's date.", example = "2025-09-09"),
           ("pin" = Option<bool>, Query, description = "Keep it current until `DELETE /admin/snapshots/pin`.")),
    responses((status = 200, description = "Published.", body = Published),
              (status = 404, description = "No snapshot of that date is archived.", body = Problem),
              (status = 422, description = "The path does not name a date, or the snapshot cannot be published.", body = Problem)),
)]
async fn restore(
    _: Admin,
    State(platform): State<Platform>,
    PathParameter(date): PathParameter,
    query: QueryPairs,
) -> Result<Response, Problem> {
    let pin = request::pin(query)?;
    let snapshot = archived(&platform, &date).await?;
    let published = if pin {
        snapshot_store::publish_pinned(&platform, snapshot).await?
    } else {
        snapshot_store::publish(&platform, snapshot).await?
    };
    Ok(web::json(&Published::of("restored", &published)))
}

/// Release the pinned snapshot: it stays current until the next refresh or import.
#[utoipa::path(
    delete, path = "/admin/snapshots/pin", tag = "operation",
    responses((status = 200, description = "No snapshot is pinned any more.", body = Released)),
)]
async fn unpin(_: Admin, State(platform): State<Platform>) -> Result<Response, Problem> {
    let was_pinned = snapshot_store::unpin(&platform).await?;
    Ok(web::json(&Released::of(was_pinned)))
}

async fn archived(platform: &Platform, date: &str) -> Result<Snapshot, Problem> {
    let shown: String = date.chars().take(40).collect();
    // chrono also reads 2025-9-9 and +2025-09-09; one snapshot has one path.
    let strict = date.parse().ok().filter(|parsed: &NaiveDate| parsed.to_string() == date);
    let date = strict.ok_or_else(|| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "INVALID_DATE",
            format!("{shown} is not a date; give one as YYYY-MM-DD, such as 2025-09-09."),
        )
    })?;
    snapshot_store::fetch(platform, date).await?.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "SNAPSHOT_NOT_FOUND",
            format!("No snapshot of {date} is archived. GET /admin/snapshots lists the dates."),
        )
    })
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(import, list, export, restore, unpin))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
