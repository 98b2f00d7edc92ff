//! Each event that is told is a row, with every attempt to tell it.

use std::time::Duration;

use platform::{Delivery, Message, Outgoing, OutsideError, Platform, Statement, Value, log};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Attempt, Settings, attempt::send, secrets_of};
use crate::{Event, Job, JobStore, Millis, job::millis, random::token, store::unreadable, view};

/// The topic of the messages that say that a webhook is to be sent.
pub const TOPIC: &str = "webhooks";

/// When each attempt is due, counted from the first: 0, 1, 3, 7 seconds, then 1, 5 and 30 minutes.
const ATTEMPTS: [Duration; 7] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(7),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
];
/// The least time between two attempts.
const PAUSE: Duration = Duration::from_secs(1);
/// What a worker takes besides waiting for the receiver, at most.
const MARGIN: Duration = Duration::from_secs(20);

/// A webhook of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The number of the event that is told.
    pub event: i64,
    /// `webhook-id`: the same in every attempt.
    pub message: String,
    /// Such as `job.completed`.
    pub kind: String,
    /// Where it goes.
    pub url: String,
    /// `pending`, `delivered` or `failed`.
    pub status: String,
    /// What was tried.
    pub attempts: Vec<Attempt>,
    /// When the next attempt is due.
    pub due: Option<Millis>,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    job: String,
    event: i64,
}

/// The row of an event that is told, for the transaction in which the event happens; written only where the job has this stamp.
pub(crate) fn record(
    job: &Job,
    event: Event,
    stamp: &str,
    now: Millis,
) -> Result<Option<Statement>, OutsideError> {
    let (Some(url), Some(kind)) = (&job.webhook, event.kind.webhook()) else { return Ok(None) };
    let body = json!({"type": kind, "timestamp": view::time(now), "data": view::of(job)});
    let sql = "INSERT INTO job_deliveries (job, event, message, kind, url, body, status, attempts, first, due) \
               SELECT number, ?3, ?4, ?5, ?6, ?7, 'pending', '[]', ?8, ?8 FROM jobs WHERE id = ?1 AND stamp = ?2";
    Ok(Some(Statement::new(
        sql,
        [
            job.id.as_str().into(),
            stamp.into(),
            i64::try_from(event.number).unwrap_or_default().into(),
            format!("msg_{}", token()?).into(),
            kind.into(),
            url.as_str().into(),
            body.to_string().into(),
            now.into(),
        ],
    )))
}

/// Sends the message for an event that is told. One that is lost is sent again by [`tend`](crate::tend).
pub(crate) async fn announce(platform: &Platform, job: &Job, event: Event) {
    if job.webhook.is_some() && event.kind.webhook().is_some() {
        let event = i64::try_from(event.number).unwrap_or_default();
        announce_after(platform, Ticket { job: job.id.clone(), event }, Duration::ZERO).await;
    }
}

async fn announce_after(platform: &Platform, ticket: Ticket, after: Duration) {
    let message = Outgoing::new(TOPIC, json!(ticket).to_string()).after(after);
    if let Err(error) = platform.queue().send(message).await {
        log::error(platform, "a webhook's message was not sent; the schedule sends it again", &error);
    }
}

/// Sends a webhook that is due, and records what came of it.
pub async fn deliver(platform: &Platform, settings: &Settings, message: &Message) -> Delivery {
    let Ok(ticket) = serde_json::from_str::<Ticket>(&message.body) else {
        return Delivery::Dead { reason: "the message names no webhook".to_owned() };
    };
    match attempt(platform, settings, ticket).await {
        Ok(delivery) => delivery,
        Err(error) => {
            log::error(platform, "a webhook could not be sent", &error);
            Delivery::Retry { after: Duration::from_secs(2) }
        }
    }
}

async fn attempt(platform: &Platform, settings: &Settings, ticket: Ticket) -> Result<Delivery, OutsideError> {
    let store = JobStore::open(platform).await?;
    let now = store.now();
    let until = now + millis(settings.timeout + MARGIN);
    let which = || [Value::from(ticket.job.as_str()), Value::from(ticket.event)];
    let [job, event] = which();
    let claim = Statement::new(
        "UPDATE job_deliveries SET due = ?4 WHERE job = (SELECT number FROM jobs WHERE id = ?1) \
         AND event = ?2 AND due <= ?3 RETURNING message, url, body, attempts, first, \
         (SELECT account FROM jobs WHERE number = job) AS account",
        [job, event, now.into(), until.into()],
    );
    let select = Statement::new(
        "SELECT due FROM job_deliveries WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND event = ?2",
        which(),
    );
    let outcomes = store.run(vec![claim, select]).await?;
    let Some(row) = outcomes.first().and_then(|outcome| outcome.rows.first()) else {
        let due = outcomes.get(1).and_then(|outcome| outcome.rows.first()?.first()?.as_i64());
        return Ok(due.map_or(Delivery::Done, |due| Delivery::Retry { after: between(now, due) }));
    };
    let [message, url, body, attempts, first, account] = row.as_slice() else { return Err(unreadable()) };
    let text = |value: &Value| value.as_text().map(str::to_owned).ok_or_else(unreadable);
    let (id, url, body, account) = (text(message)?, text(url)?, text(body)?, text(account)?);
    let mut attempts = attempts_of(attempts)?;
    let mut first = first.as_i64().ok_or_else(unreadable)?;
    if attempts.is_empty() {
        first = now;
    }
    let secrets = secrets_of(platform, settings, &account).await?;
    let sent = send(platform, settings, secrets.as_ref(), &url, &id, &body).await;
    let received = sent.error.is_none();
    let reason = sent.error.clone().unwrap_or_default();
    attempts.push(sent);
    let now = store.now();
    let next = ATTEMPTS.get(attempts.len()).filter(|_| !received);
    let due = next.map(|after| (first + millis(*after)).max(now + millis(PAUSE)));
    let status = match (received, due) {
        (true, _) => "delivered",
        (false, Some(_)) => "pending",
        (false, None) => "failed",
    };
    let [job, event] = which();
    let settle = Statement::new(
        "UPDATE job_deliveries SET status = ?4, attempts = ?5, first = ?6, due = ?7 \
         WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND event = ?2 AND due = ?3",
        [
            job,
            event,
            until.into(),
            status.into(),
            serde_json::to_string(&attempts).map_err(|error| OutsideError::new("database", error))?.into(),
            first.into(),
            due.map_or(Value::Null, Value::Integer),
        ],
    );
    store.run(vec![settle]).await?;
    match due {
        Some(due) => announce_after(platform, ticket, between(now, due)).await,
        None if !received => {
            return Ok(Delivery::Dead { reason: format!("{id} was not received: {reason}") });
        }
        None => {}
    }
    Ok(Delivery::Done)
}

fn between(now: Millis, then: Millis) -> Duration {
    Duration::from_millis(u64::try_from(then - now).unwrap_or(0))
}

fn attempts_of(value: &Value) -> Result<Vec<Attempt>, OutsideError> {
    let text = value.as_text().ok_or_else(unreadable)?;
    serde_json::from_str(text).map_err(|error| OutsideError::new("database", error))
}

/// The webhooks of a job, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn list(store: &JobStore<'_>, id: &str) -> Result<Vec<DeliveryRecord>, OutsideError> {
    let select = Statement::new(
        "SELECT event, message, kind, url, status, attempts, due FROM job_deliveries \
         WHERE job = (SELECT number FROM jobs WHERE id = ?1) ORDER BY event",
        [id.into()],
    );
    let outcomes = store.run(vec![select]).await?;
    let rows = outcomes.into_iter().next().unwrap_or_default().rows;
    let read = |row: &Vec<Value>| {
        let [event, message, kind, url, status, attempts, due] = row.as_slice() else { return None };
        let text = |value: &Value| value.as_text().map(str::to_owned);
        Some(DeliveryRecord {
            event: event.as_i64()?,
            message: text(message)?,
            kind: text(kind)?,
            url: text(url)?,
            status: text(status)?,
            attempts: attempts_of(attempts).ok()?,
            due: due.as_i64(),
        })
    };
    rows.iter().map(|row| read(row).ok_or_else(unreadable)).collect()
}

/// Has a webhook sent once more, at once. Whether there is such a webhook.
///
/// # Errors
/// When the database does not answer.
pub async fn retry(
    platform: &Platform,
    store: &JobStore<'_>,
    id: &str,
    event: i64,
) -> Result<bool, OutsideError> {
    let update = Statement::new(
        "UPDATE job_deliveries SET status = 'pending', due = ?3 \
         WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND event = ?2 RETURNING event",
        [id.into(), event.into(), store.now().into()],
    );
    let outcomes = store.run(vec![update]).await?;
    let found = outcomes.first().is_some_and(|outcome| !outcome.rows.is_empty());
    if found {
        announce_after(platform, Ticket { job: id.to_owned(), event }, Duration::ZERO).await;
    }
    Ok(found)
}

/// Sends the messages of webhooks again that have been due for a while.
pub(crate) async fn resend_stalled(
    platform: &Platform,
    store: &JobStore<'_>,
    most: u32,
) -> Result<(), OutsideError> {
    let before = store.now() - millis(Duration::from_secs(30));
    let select = Statement::new(
        "SELECT jobs.id, event FROM job_deliveries JOIN jobs ON jobs.number = job \
         WHERE due <= ?1 ORDER BY due LIMIT ?2",
        [before.into(), i64::from(most).into()],
    );
    let outcomes = store.run(vec![select]).await?;
    for row in outcomes.into_iter().next().unwrap_or_default().rows {
        let ticket = (row.first().and_then(Value::as_text), row.get(1).and_then(Value::as_i64));
        if let (Some(job), Some(event)) = ticket {
            announce_after(platform, Ticket { job: job.to_owned(), event }, Duration::ZERO).await;
        }
    }
    Ok(())
}
