//! The queue: topics that behave as the suite wants it, and a table of what was delivered.

use std::time::Duration;

use axum::{
    Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use platform::{
    Delivery, Message, Outgoing, OutsideError, Platform, Statement,
    queue::{DeadLetter, drain},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Failed, Function, json::Json, tables::prepare};

/// `done` is done at once, `fail` never, `flaky` at the third delivery. `refuse` is given up at once. `crash` takes its worker
/// down at the first delivery, and `stuck` does not end then.
pub(crate) const TOPICS: &[&str] = &["done", "fail", "flaky", "refuse", "crash", "stuck"];

pub(crate) fn routes() -> Router<Platform> {
    Router::new()
        .route("/services/queue", post(send))
        .route("/services/queue/drain", post(drain_now))
        .route("/services/queue/end-leases", post(end_leases))
        .route("/services/queue/deliveries", get(deliveries))
        .route("/services/queue/dead-letters", get(dead_letters))
        .route("/services/queue/dead-letters/{id}", post(resend))
}

pub(crate) async fn deliver(platform: Platform, message: Message) -> Delivery {
    if let Err(error) = record(&platform, &message).await {
        platform::log::error(&platform, "a delivery was not recorded", &error);
        return Delivery::Retry { after: Duration::from_secs(1) };
    }
    match (message.topic.as_str(), message.attempts) {
        ("fail", _) | ("flaky", ..3) => Delivery::Retry { after: Duration::ZERO },
        ("refuse", _) => Delivery::Dead { reason: "refused".to_owned() },
        ("crash", 1) => panic!("the suite wants this worker to die"),
        ("stuck", 1) => std::future::pending().await,
        _ => Delivery::Done,
    }
}

async fn record(platform: &Platform, message: &Message) -> Result<(), OutsideError> {
    prepare(platform).await?;
    let insert = "INSERT INTO deliveries (id, topic, body, attempts) VALUES (?1, ?2, ?3, ?4)";
    let [id, topic, body] = [&message.id, &message.topic, &message.body].map(|text| text.as_str().into());
    let values = [id, topic, body, i64::from(message.attempts).into()];
    platform.database().run(vec![Statement::new(insert, values)]).await.map(drop)
}

#[derive(Deserialize)]
struct Send {
    topic: String,
    bodies: Vec<String>,
    #[serde(default)]
    delay_ms: u64,
}

async fn send(State(platform): State<Platform>, Json(send): Json<Send>) -> Result<(), Failed> {
    let delay = Duration::from_millis(send.delay_ms);
    let message = |body| Outgoing::new(&*send.topic, body).after(delay);
    Ok(platform.queue().send_all(send.bodies.into_iter().map(message).collect()).await?)
}

/// What a request or a schedule does where nothing else delivers.
async fn drain_now(State(platform): State<Platform>) -> Result<Json<usize>, Failed> {
    Ok(Json(drain::<Function>(&platform, 100, Duration::from_secs(10)).await?))
}

/// Makes time pass for messages that were claimed, where the queue is a table.
async fn end_leases(State(platform): State<Platform>) -> Result<(), Failed> {
    let end = Statement::new("UPDATE queue_messages SET due = 0 WHERE attempts > 0", []);
    Ok(platform.database().run(vec![end]).await.map(drop)?)
}

#[derive(Deserialize)]
struct Which {
    body: String,
}

async fn deliveries(
    State(platform): State<Platform>,
    Query(Which { body }): Query<Which>,
) -> Result<Json<Vec<Value>>, Failed> {
    prepare(&platform).await?;
    // The size of a body instead of a large one.
    let select = "SELECT id, topic, length(body), attempts FROM deliveries \
                  WHERE body = ?1 OR body LIKE ?1 || ':%' ORDER BY number";
    let outcomes = platform.database().run(vec![Statement::new(select, [body.into()])]).await?;
    let rows = outcomes.into_iter().flat_map(|outcome| outcome.rows);
    Ok(Json(
        rows.map(|row| {
            let [id, topic, length, attempts] = row.as_slice() else { return Value::Null };
            json!({ "id": id.as_text(), "topic": topic.as_text(), "length": length.as_i64(), "attempts": attempts.as_i64() })
        })
        .collect(),
    ))
}

async fn dead_letters(State(platform): State<Platform>) -> Result<Json<Vec<Value>>, Failed> {
    let letters = platform.queue().dead_letters(None, 100).await?;
    let write = |letter: DeadLetter| {
        json!({ "id": letter.id, "topic": letter.topic, "body": letter.body, "attempts": letter.attempts,
                "reason": letter.reason })
    };
    Ok(Json(letters.into_iter().map(write).collect()))
}

async fn resend(State(platform): State<Platform>, Path(id): Path<i64>) -> Result<Json<bool>, Failed> {
    Ok(Json(platform.queue().resend(id).await?))
}
