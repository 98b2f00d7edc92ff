use std::collections::BTreeSet;

use bytes::Bytes;
use chrono::{Days, NaiveDate};
use futures_util::future::join_all;
use http::{Request, Response, StatusCode, header};
use network_data::{
    Snapshot,
    spacescope::{DailyRow, DayRange, HISTORY_START, ReplyError, Statistic, Tables, derive},
    validation::continuity,
};
use platform::{Platform, REQUESTS_PER_INVOCATION};
use serde_json::json;

use crate::{
    PATH, RefreshError,
    client::Client,
    error::sentence,
    lease::Lease,
    plan::{Known, Plan},
    rows,
    settings::Settings,
};

/// Requests under way at the same time: what Cloudflare lets an invocation have, and kind to the source.
const AT_ONCE: usize = 6;

/// Days that one statistic may be behind another: more is a hole and not a delay.
const LARGEST_LAG: u64 = 7;

/// Names the lease under which a refresh goes on in another invocation.
pub const LEASE_HEADER: &str = "x-refresh-lease";

/// What a caller wants.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Fetch every day again.
    pub full: bool,
    /// Publish what cannot follow the present snapshot.
    pub force: bool,
    /// The lease of the refresh to go on with.
    pub lease: Option<String>,
}

/// What a refresh did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// The same in a sentence or two.
    pub message: String,
    /// The newest day with data, `YYYY-MM-DD`; null while there is none.
    pub current_date: Option<NaiveDate>,
    /// Days by which the current date moved on; those of the whole history where there was none before.
    pub days_added: i64,
    /// Requests that were sent to the source.
    pub requests: u32,
}

/// How a refresh ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There is a new snapshot.
    Updated,
    /// The source says what it said before.
    Unchanged,
    /// More is to be fetched than one invocation may, and there is no way to call another; the next refresh goes on.
    InProgress,
}

/// What came of a refresh.
#[derive(Debug)]
pub enum Outcome {
    /// It ended here.
    Report(Report),
    /// It went on in another invocation and failed there, with this answer.
    Elsewhere(Response<Bytes>),
}

/// How far one invocation got.
enum Progress {
    Done(Report),
    Unfinished,
}

/// Refreshes the network's data.
///
/// # Errors
/// [`RefreshError`]; the snapshot that was current before then still is.
pub async fn refresh(platform: &Platform, wish: Wish) -> Result<Outcome, RefreshError> {
    let result = attempt(platform, wish).await;
    if let Err(error) = &result
        && error.is_failure()
    {
        let reason = sentence(&error.to_string());
        platform.log().line(&json!({"level": "error", "message": "the refresh failed", "error": reason}));
        snapshot_store::record_refresh(platform, Some(reason)).await;
    }
    result
}

async fn attempt(platform: &Platform, wish: Wish) -> Result<Outcome, RefreshError> {
    let settings = Settings::read(platform).await?;
    rows::migrate(platform).await?;
    let goes_on = wish.lease.is_some();
    let lease = Lease::take(platform, wish.lease.clone()).await?;
    let budget = if platform.itself().is_some() { REQUESTS_PER_INVOCATION } else { u32::MAX };
    let client = Client::new(platform, settings, budget);
    let result = work(platform, &client, &lease, &wish, goes_on).await;
    match result {
        Ok(Progress::Done(report)) => {
            lease.give_back(platform).await;
            snapshot_store::record_refresh(platform, None).await;
            Ok(Outcome::Report(report))
        }
        Ok(Progress::Unfinished) => go_on_elsewhere(platform, lease, &wish, client.sent()).await,
        Err(error) => {
            lease.give_back(platform).await;
            Err(error)
        }
    }
}

async fn work(
    platform: &Platform,
    client: &Client<'_>,
    lease: &Lease,
    wish: &Wish,
    goes_on: bool,
) -> Result<Progress, RefreshError> {
    if wish.full && !goes_on {
        rows::set_refetch(platform, lease.since).await?;
    }
    let yesterday = platform.clock().now().date_naive() - Days::new(1);
    let refetch = rows::refetch(platform).await?;
    let mut plan = Plan { yesterday, since: lease.since, refetch, asked: BTreeSet::new() };
    loop {
        let known = rows::known(platform).await?;
        let ranges = plan.ranges(&known);
        if ranges.is_empty() {
            break;
        }
        for wave in ranges.chunks(AT_ONCE) {
            if (client.left() as usize) < wave.len() {
                return Ok(Progress::Unfinished);
            }
            fetch(platform, client, wave, &known, lease).await?;
            plan.asked.extend(wave.iter().copied());
        }
    }
    if client.left() == 0 {
        return Ok(Progress::Unfinished);
    }
    let table = DayRange { first: HISTORY_START, last: yesterday.max(HISTORY_START) };
    fetch(platform, client, &[(Statistic::Expirations, table)], &Known::new(), lease).await?;
    publish(platform, client, lease, wish.force, yesterday).await.map(Progress::Done)
}

/// Asks for some ranges at once, and keeps what came of them also where one failed.
async fn fetch(
    platform: &Platform,
    client: &Client<'_>,
    wave: &[(Statistic, DayRange)],
    known: &Known,
    lease: &Lease,
) -> Result<(), RefreshError> {
    lease.renew(platform).await?;
    let replies = join_all(wave.iter().map(|(statistic, range)| async {
        let rows = client.fetch(*statistic, *range).await?;
        refuse_a_loss(*statistic, *range, &rows, known)?;
        Ok((*statistic, rows))
    }))
    .await;
    let mut good: Vec<(Statistic, Vec<DailyRow>)> = Vec::new();
    let mut first_error = None;
    for reply in replies {
        match reply {
            Ok(reply) => good.push(reply),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    rows::save(platform, &good, lease.since).await?;
    first_error.map_or(Ok(()), Err)
}

/// A day that the source has had cannot be without data now: an empty list, or one that ends early, is a mistake.
fn refuse_a_loss(
    statistic: Statistic,
    asked: DayRange,
    rows: &[DailyRow],
    known: &Known,
) -> Result<(), RefreshError> {
    let lost = asked
        .iter()
        .skip(rows.len())
        .find(|day| known.get(&statistic).is_some_and(|days| days.contains_key(day)));
    lost.map_or(Ok(()), |day| {
        Err(RefreshError::Reply(ReplyError {
            path: statistic.path(),
            day: Some(day),
            field: None,
            detail: "there is no data from this day on, though there was before".to_owned(),
            cut: false,
        }))
    })
}

async fn publish(
    platform: &Platform,
    client: &Client<'_>,
    lease: &Lease,
    force: bool,
    yesterday: NaiveDate,
) -> Result<Report, RefreshError> {
    let tables = rows::load(platform).await?;
    refuse_a_statistic_that_stays_behind(&tables)?;
    let derived = derive(&tables)?;
    for note in &derived.notes {
        platform.log().line(&json!({"level": "info", "message": note}));
    }
    let snapshot = Snapshot::new(derived.data).map_err(RefreshError::Impossible)?;
    let before = snapshot_store::published(platform).await?;
    if let Some(before) = &before
        && let Err(refused) = continuity(before.snapshot.data(), snapshot.data())
    {
        if !force {
            return Err(RefreshError::Implausible(refused));
        }
        platform.log().line(&json!({
            "level": "warning",
            "message": "published by ?force=true in spite of what speaks against it",
            "error": refused.to_string(),
        }));
    }
    let current_date = snapshot.current_date();
    let days_added = before.as_ref().map_or_else(
        || (current_date - snapshot.start_date()).num_days() + 1,
        |before| (current_date - before.snapshot.current_date()).num_days(),
    );
    // Had the lease run out meanwhile, two would publish.
    lease.renew(platform).await?;
    let name = snapshot_store::name_of(&snapshot);
    let (status, what) = if before.is_some_and(|before| *before.id == *name) {
        (Status::Unchanged, "still the newest that the source has")
    } else {
        snapshot_store::publish(platform, snapshot).await?;
        (Status::Updated, "now current; other instances notice it within a minute")
    };
    let behind = (yesterday - current_date).num_days();
    let lag = if behind > 0 {
        format!(" The source is {behind} days behind: it has no complete day after {current_date}.")
    } else {
        String::new()
    };
    let message = format!("The snapshot of {current_date} is {what}.{lag}");
    Ok(Report { status, message, current_date: Some(current_date), days_added, requests: client.sent() })
}

/// A day late is a delay; weeks, while the others go on, are a hole.
fn refuse_a_statistic_that_stays_behind(tables: &Tables) -> Result<(), RefreshError> {
    let mut ends = Vec::new();
    for statistic in Statistic::DAILY {
        ends.push((tables.newest(statistic)?, statistic));
    }
    let (Some((first, statistic)), Some((last, _))) = (ends.iter().min(), ends.iter().max()) else {
        return Ok(());
    };
    let missing = first.map_or(statistic.first_day(), |newest| newest + Days::new(1));
    match last {
        Some(last) if *last > missing + Days::new(LARGEST_LAG) => Err(RefreshError::Reply(ReplyError {
            path: statistic.path(),
            day: Some(missing),
            field: None,
            detail: format!("there is no data from this day on, though others have it until {last}"),
            cut: false,
        })),
        _ => Ok(()),
    }
}

/// Calls the application itself, which goes on under the lease with requests of its own to send.
async fn go_on_elsewhere(
    platform: &Platform,
    lease: Lease,
    wish: &Wish,
    requests: u32,
) -> Result<Outcome, RefreshError> {
    let key = platform.config().get("ADMIN_API_KEY").await?;
    let (Some(itself), Some(key)) = (platform.itself(), key) else {
        lease.give_back(platform).await;
        let message = "More is to be fetched than one invocation may send requests for, and without ADMIN_API_KEY and the \
                       service binding SELF there is no calling another. Refresh again to go on."
            .to_owned();
        let (status, current_date) = (Status::InProgress, None);
        return Ok(Outcome::Report(Report { status, message, current_date, days_added: 0, requests }));
    };
    let force = if wish.force { "?force=true" } else { "" };
    let request = Request::post(format!("https://itself.invalid{PATH}{force}"))
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(LEASE_HEADER, &lease.holder)
        .body(Bytes::new())
        .map_err(|error| platform::OutsideError::new("itself", error))?;
    let response = itself.send(request).await?;
    if !matches!(response.status(), StatusCode::OK | StatusCode::ACCEPTED) {
        return Ok(Outcome::Elsewhere(response));
    }
    let mut report: Report = serde_json::from_slice(response.body())
        .map_err(|error| platform::OutsideError::new("itself", error))?;
    report.requests += requests;
    Ok(Outcome::Report(report))
}
