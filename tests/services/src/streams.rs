//! Requests to others and replies that come bit by bit.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, Request, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures_util::stream::unfold;
use http_body_util::{BodyExt as _, StreamBody};
use platform::{OutsideError, Platform, within};
use serde::Deserialize;
use serde_json::json;
use web::events::{Bounds, Event, EventReader, last_event_id, reply};

use crate::Failed;

pub(crate) fn routes() -> Router<Platform> {
    Router::new()
        .route("/services/stream", get(stream))
        .route("/services/forward", get(forward))
        .route("/services/first-piece", get(first_piece))
        .route("/services/impatient", get(impatient))
        .route("/services/events", get(events))
        .route("/services/read-events", get(read_events))
}

#[derive(Deserialize)]
struct Pieces {
    pieces: u64,
    pause_ms: u64,
}

/// Of a type that nobody on the way compresses: what compresses text, Cloudflare for one, holds pieces back.
const BYTES: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/octet-stream")];

/// Lines with pauses between them.
async fn stream(State(platform): State<Platform>, Query(query): Query<Pieces>) -> Response {
    let pieces = unfold(0, move |number| {
        let platform = platform.clone();
        async move {
            if number == query.pieces {
                return None;
            }
            if number > 0 {
                platform.sleep().sleep(Duration::from_millis(query.pause_ms)).await;
            }
            let line = Bytes::from(format!("piece {number}\n"));
            Some((Ok::<_, Infallible>(http_body::Frame::data(line)), number + 1))
        }
    });
    (BYTES, Body::new(StreamBody::new(pieces))).into_response()
}

#[derive(Deserialize)]
struct To {
    url: String,
}

async fn open(platform: &Platform, url: &str) -> Result<Response, Failed> {
    let request =
        Request::get(url).body(Bytes::new()).map_err(|error| OutsideError::new("http client", error))?;
    Ok(platform.http().open(request).await?)
}

/// What another server replies, as it comes, with its status and its redirect.
async fn forward(State(platform): State<Platform>, Query(To { url }): Query<To>) -> Result<Response, Failed> {
    let (parts, body) = open(&platform, &url).await?.into_parts();
    let mut response = (BYTES, body).into_response();
    *response.status_mut() = parts.status;
    if let Some(location) = parts.headers.get(header::LOCATION) {
        response.headers_mut().insert("x-location", location.clone());
    }
    Ok(response)
}

/// The first piece of another server's reply; the rest is not waited for.
async fn first_piece(
    State(platform): State<Platform>,
    Query(To { url }): Query<To>,
) -> Result<Bytes, Failed> {
    let mut response = open(&platform, &url).await?;
    let frame = response.body_mut().frame().await;
    let data = frame.and_then(Result::ok).and_then(|frame| frame.into_data().ok());
    Ok(data.unwrap_or_default())
}

/// Waits a moment for another server's reply.
async fn impatient(
    State(platform): State<Platform>,
    Query(To { url }): Query<To>,
) -> Result<Response, Failed> {
    let patience = Duration::from_millis(300);
    match within(platform.sleep(), patience, open(&platform, &url)).await {
        Some(response) => response,
        None => Ok("given up".into_response()),
    }
}

#[derive(Deserialize)]
struct Happening {
    events: u64,
    pause_ms: u64,
    bound: Option<usize>,
}

/// Events numbered from one, after the last that the client saw.
async fn events(
    State(platform): State<Platform>,
    headers: HeaderMap,
    Query(query): Query<Happening>,
) -> Response {
    let seen = last_event_id(&headers).unwrap_or(0);
    let waiting = platform.clone();
    let happening = unfold(seen + 1, move |id| {
        let platform = waiting.clone();
        async move {
            if id > query.events {
                return None;
            }
            if id > seen + 1 {
                platform.sleep().sleep(Duration::from_millis(query.pause_ms)).await;
            }
            let event = if id == query.events { "last" } else { "progress" };
            Some((Event { id: Some(id), event: event.into(), data: json!({ "of": query.events }) }, id + 1))
        }
    });
    let bounds = Bounds { events: query.bound.unwrap_or(1_000), ..Bounds::default() };
    reply(&platform, happening, bounds)
}

/// The data of another server's events, a line each, and how it ended.
async fn read_events(
    State(platform): State<Platform>,
    Query(To { url }): Query<To>,
) -> Result<String, Failed> {
    let mut reader = EventReader::new(open(&platform, &url).await?.into_body(), 10_000);
    let mut text = String::new();
    loop {
        match reader.next().await {
            None => return Ok(text + "end\n"),
            Some(Err(error)) => return Ok(text + &error.reason + "\n"),
            Some(Ok(event)) => {
                if let Some(data) = event.data {
                    text.push_str(&data);
                    text.push('\n');
                }
            }
        }
    }
}
