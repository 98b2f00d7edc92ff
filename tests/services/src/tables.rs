//! The database, the counters, and what is done by the clock.

use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post},
};
use platform::{Application as _, OutsideError, Platform, Statement, migrate, quota::Spending};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Failed, Function, json::Json};

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_services.sql")];

pub(crate) fn routes() -> Router<Platform> {
    Router::new()
        .route("/services/database/{name}", get(read).post(add))
        .route("/services/database/{name}/rolled-back", post(roll_back))
        .route("/services/quota", post(spend))
        .route("/services/schedule", post(schedule))
}

pub(crate) async fn prepare(platform: &Platform) -> Result<(), OutsideError> {
    migrate(platform, "services", &MIGRATIONS).await
}

const ADD: &str = "INSERT INTO counters (name, value) VALUES (?1, 1) \
    ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value";

async fn count(platform: &Platform, statement: Statement) -> Result<Json<Value>, Failed> {
    prepare(platform).await?;
    let outcomes = platform.database().run(vec![statement]).await?;
    let row = outcomes.first().and_then(|outcome| outcome.rows.first());
    let value = row.and_then(|row| row.first()?.as_i64());
    Ok(Json(json!({ "value": value, "changes": outcomes.first().map(|outcome| outcome.changes) })))
}

async fn read(State(platform): State<Platform>, Path(name): Path<String>) -> Result<Json<Value>, Failed> {
    count(&platform, Statement::new("SELECT value FROM counters WHERE name = ?1", [name.into()])).await
}

async fn add(State(platform): State<Platform>, Path(name): Path<String>) -> Result<Json<Value>, Failed> {
    count(&platform, Statement::new(ADD, [name.into()])).await
}

/// Adds, and then does what cannot be done.
async fn roll_back(State(platform): State<Platform>, Path(name): Path<String>) -> Result<(), Failed> {
    prepare(&platform).await?;
    let twice = "INSERT INTO counters (name, value) VALUES (?1, 1), (?1, 1)";
    let statements = vec![Statement::new(ADD, [name.as_str().into()]), Statement::new(twice, [name.into()])];
    Ok(platform.database().run(statements).await.map(drop)?)
}

#[derive(Deserialize)]
struct Spend {
    subject: String,
    cost: u32,
    per_minute: u32,
    per_day: u32,
    now: i64,
}

async fn spend(State(platform): State<Platform>, Json(spend): Json<Spend>) -> Result<Json<Value>, Failed> {
    let limits = Spending { per_minute: spend.per_minute, per_day: spend.per_day };
    let verdict = platform.quota().spend(&spend.subject, spend.cost, limits, spend.now).await?;
    let spent = verdict.spent.map(|it| [it.window_opened, it.used, it.day, it.day_used]);
    Ok(Json(json!({ "allowed": verdict.allowed, "spent": spent })))
}

/// What a cron trigger calls on Cloudflare.
async fn schedule(State(platform): State<Platform>) -> Result<(), Failed> {
    Ok(Function::scheduled(platform).await.map_err(|reason| OutsideError::new("schedule", reason))?)
}

pub(crate) async fn count_scheduled(platform: Platform) -> Result<(), String> {
    count(&platform, Statement::new(ADD, ["scheduled".into()]))
        .await
        .map(drop)
        .map_err(|Failed(error)| error.to_string())
}
