//! Cache and archive.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use platform::Platform;
use serde::Deserialize;

use crate::{Failed, json::Json};

pub(crate) fn routes() -> Router<Platform> {
    Router::new()
        .route("/services/cache/{*key}", get(cache_get).put(cache_put).delete(cache_delete))
        .route("/services/archive/{*key}", get(archive_get).put(archive_put).delete(archive_delete))
        .route("/services/archive", get(archive_list))
}

fn value(value: Option<Vec<u8>>) -> Response {
    value.map_or_else(|| StatusCode::NOT_FOUND.into_response(), IntoResponse::into_response)
}

async fn cache_get(State(platform): State<Platform>, Path(key): Path<String>) -> Result<Response, Failed> {
    Ok(value(platform.cache().get(&key).await?))
}

async fn cache_put(
    State(platform): State<Platform>,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<(), Failed> {
    Ok(platform.cache().put(&key, &body).await?)
}

async fn cache_delete(State(platform): State<Platform>, Path(key): Path<String>) -> Result<(), Failed> {
    Ok(platform.cache().delete(&key).await?)
}

async fn archive_get(State(platform): State<Platform>, Path(key): Path<String>) -> Result<Response, Failed> {
    Ok(value(platform.archive().get(&key).await?))
}

async fn archive_put(
    State(platform): State<Platform>,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<(), Failed> {
    Ok(platform.archive().put(&key, &body).await?)
}

async fn archive_delete(State(platform): State<Platform>, Path(key): Path<String>) -> Result<(), Failed> {
    Ok(platform.archive().delete(&key).await?)
}

#[derive(Deserialize)]
struct List {
    prefix: String,
}

async fn archive_list(
    State(platform): State<Platform>,
    Query(List { prefix }): Query<List>,
) -> Result<Json<Vec<String>>, Failed> {
    Ok(Json(platform.archive().list(&prefix).await?))
}
