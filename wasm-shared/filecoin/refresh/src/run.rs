use std::{collections::BTreeSet, pin::Pin};

use bytes::Bytes;
use chrono::{Days, NaiveDate};
use futures_util::future::join_all;
use http::{Request, Response, StatusCode, header};
use network_data::{
    Snapshot,
    spacescope::{DailyRow, DayRange, HISTORY_START, ReplyError, Statistic, Tables, derive},
    validation::continuity,
};
use platform::{OutsideError, Platform, REQUESTS_PER_INVOCATION};
use serde_json::Value;
use snapshot_store::{Draft, Latest, PublishError};
use web::{OperatorsKey, operators_key};

use crate::{
    PATH, RefreshError,
    client::Client,
    lease::Lease,
    plan::{Known, Plan, fetched},
    rows,
    settings::Settings,
};

/// Requests under way at the same time: what Cloudflare lets an invocation have, and kind to the source.
const AT_ONCE: usize = 6;

/// Days that one statistic may be behind another: more is a hole and not a delay.
const LARGEST_LAG: u64 = 7;

/// How often a snapshot is checked and published again because another publication came first.
const PUBLICATIONS: usize = 10;

/// Names the lease under which a refresh goes on in another invocation.
pub const LEASE_HEADER: &str = "x-refresh-lease";

/// A caller's options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Fetch every day again.
    pub full: bool,
    /// Publish a snapshot that contradicts the present one.
    pub force: bool,
    /// The lease of the refresh to go on with.
    pub lease: Option<String>,
}

impl Wish {
    /// The names of the options that a caller may give.
    pub const OPTIONS: [&str; 2] = ["full", "force"];

    /// Reads the options, each true or false, also as a text.
    ///
    /// # Errors
    /// The options that are neither, each with what is wrong with it.
    pub fn read(
        mut option: impl FnMut(&'static str) -> Option<Value>,
    ) -> Result<Self, Vec<(&'static str, &'static str)>> {
        let mut refused = Vec::new();
        let [full, force] = Self::OPTIONS.map(|name| match option(name) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(Value::String(text)) if text == "true" => true,
            Some(Value::String(text)) if text == "false" => false,
            Some(_) => {
                refused.push((name, "is neither true nor false"));
                false
            }
        });
        if refused.is_empty() { Ok(Self { full, force, lease: None }) } else { Err(refused) }
    }
}

/// The report of a refresh.
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
    /// The rows are fetched, but the operator pinned the snapshot that is current.
    Pinned,
    /// More is to be fetched than one invocation may, and there is no way to call another; the next refresh goes on.
    InProgress,
}

/// How a refresh that did not fail here ended.
#[derive(Debug)]
pub enum Conclusion {
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

/// What has been done of a refresh.
pub(crate) enum Course {
    /// Days are asked for.
    Fetching(Fetching),
    /// All that is to be fetched is there. The table of expirations, which comes last, is not kept in the database: each refresh
    /// asks for it whole.
    Fetched(Tables),
    /// There is a snapshot to be published.
    Derived(Box<Snapshot>),
    /// It is published.
    Published(Report),
}

/// What has been asked for.
#[derive(Default)]
pub(crate) struct Fetching {
    /// The ranges that were asked for: a day that did not come is not asked for twice.
    pub(crate) asked: BTreeSet<(Statistic, DayRange)>,
    /// What is to be asked for next.
    pub(crate) planned: Vec<(Statistic, DayRange)>,
}

/// What came of some work.
pub(crate) enum Advance {
    Further(Course),
    /// The next request is one more than may be sent.
    NoRequestsLeft,
    Done(Report),
}

/// Refreshes the network's data.
///
/// # Errors
/// [`RefreshError`]; the snapshot that was current before then still is.
pub async fn refresh(platform: &Platform, wish: Wish) -> Result<Conclusion, RefreshError> {
    // Behind a pointer: the operator's request and the clock would otherwise have a copy each of all that it does.
    let attempt: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(attempt(platform, wish));
    let result = attempt.await;
    if let Err(error) = &result
        && error.is_failure()
    {
        let reason = web::sentence(&error.to_string());
        web::log::error(platform, "the refresh failed", &reason);
        snapshot_store::record_refresh(platform, Some(reason)).await;
    }
    result
}

async fn attempt(platform: &Platform, wish: Wish) -> Result<Conclusion, RefreshError> {
    let settings = Settings::read(platform).await?;
    // Nobody waits for a refresh but who asked for it.
    let patient = &platform.patient();
    rows::migrate(patient).await?;
    let goes_on = wish.lease.is_some();
    let lease = Lease::take(patient, wish.lease.clone(), settings.timeout).await?;
    let budget = if platform.itself().is_some() { REQUESTS_PER_INVOCATION } else { u32::MAX };
    let client = Client::new(patient, settings, budget);
    let refresh = Refresh::new(patient, &client, &lease, wish.force);
    let concluded = match refresh.work(wish.full && !goes_on).await {
        Ok(Progress::Done(report)) => {
            snapshot_store::record_refresh(platform, None).await;
            Ok(Conclusion::Report(report))
        }
        Ok(Progress::Unfinished) => refresh.go_on_elsewhere().await,
        Err(error) => Err(error),
    };
    // Another invocation has given it back already, or never took it.
    lease.give_back(platform).await;
    concluded
}

/// A refresh under way.
pub(crate) struct Refresh<'a> {
    platform: &'a Platform,
    client: &'a Client<'a>,
    lease: &'a Lease,
    /// Whether to publish a snapshot that contradicts the present one.
    force: bool,
    /// The newest day that can have data.
    yesterday: NaiveDate,
}

impl<'a> Refresh<'a> {
    pub(crate) fn new(platform: &'a Platform, client: &'a Client<'a>, lease: &'a Lease, force: bool) -> Self {
        let yesterday = platform.clock().now().date_naive() - Days::new(1);
        Self { platform, client, lease, force, yesterday }
    }

    async fn work(&self, everything: bool) -> Result<Progress, RefreshError> {
        let mut course = self.begin(everything).await?;
        loop {
            course = match self.advance(course, usize::MAX).await? {
                Advance::Further(course) => course,
                Advance::NoRequestsLeft => return Ok(Progress::Unfinished),
                Advance::Done(report) => return Ok(Progress::Done(report)),
            }
        }
    }

    /// A refresh that has done nothing yet.
    pub(crate) async fn begin(&self, everything: bool) -> Result<Course, RefreshError> {
        if everything {
            rows::set_refetch(self.platform, self.lease.since).await?;
        }
        Ok(Course::Fetching(Fetching::default()))
    }

    /// Goes on: with so many waves of requests at most, or with what follows them.
    pub(crate) async fn advance(&self, course: Course, waves: usize) -> Result<Advance, RefreshError> {
        match course {
            Course::Fetching(fetching) => self.go_on_fetching(fetching, waves).await,
            Course::Fetched(tables) => {
                self.derive(tables).await.map(|snapshot| Advance::Further(Course::Derived(snapshot)))
            }
            Course::Derived(snapshot) => {
                let report = self.publish(*snapshot).await?;
                Ok(match report.status {
                    Status::Updated => Advance::Further(Course::Published(report)),
                    _ => Advance::Done(report),
                })
            }
            Course::Published(report) => {
                snapshot_store::tidy(self.platform).await;
                Ok(Advance::Done(report))
            }
        }
    }

    async fn go_on_fetching(&self, mut fetching: Fetching, waves: usize) -> Result<Advance, RefreshError> {
        let Fetching { asked, planned } = &mut fetching;
        let known = rows::known(self.platform, self.lease.since).await?;
        if planned.is_empty() {
            *planned = Plan { yesterday: self.yesterday, asked }.ranges(&known);
        }
        if !planned.is_empty() {
            for _ in 0..planned.len().div_ceil(AT_ONCE).min(waves) {
                let wave = &planned[..planned.len().min(AT_ONCE)];
                if (self.client.left() as usize) < wave.len() {
                    return Ok(Advance::NoRequestsLeft);
                }
                self.fetch(wave, &known).await?;
                asked.extend(wave.iter().copied());
                let count = wave.len();
                planned.drain(..count);
            }
            return Ok(Advance::Further(Course::Fetching(fetching)));
        }
        if self.client.left() == 0 {
            return Ok(Advance::NoRequestsLeft);
        }
        self.lease.renew(self.platform).await?;
        let days = DayRange { first: HISTORY_START, last: self.yesterday.max(HISTORY_START) };
        let mut tables = Tables::default();
        for row in self.client.fetch(Statistic::Expirations, days).await? {
            tables.insert(Statistic::Expirations, row.day, &row.figures);
        }
        Ok(Advance::Further(Course::Fetched(tables)))
    }

    /// Asks for some ranges at once, and keeps what came of them also where one failed.
    async fn fetch(&self, wave: &[(Statistic, DayRange)], known: &Known) -> Result<(), RefreshError> {
        self.lease.renew(self.platform).await?;
        let replies = join_all(wave.iter().map(|(statistic, range)| async {
            let rows = self.client.fetch(*statistic, *range).await?;
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
        rows::save(self.platform, &good, self.lease.since).await?;
        first_error.map_or(Ok(()), Err)
    }

    /// Derives a snapshot of all rows.
    async fn derive(&self, mut tables: Tables) -> Result<Box<Snapshot>, RefreshError> {
        rows::load(self.platform, &mut tables).await?;
        refuse_a_statistic_that_stays_behind(&tables)?;
        let derived = derive(&tables)?;
        for note in &derived.notes {
            web::log::info(self.platform, note);
        }
        Snapshot::new(derived.data).map(Box::new).map_err(RefreshError::Impossible)
    }

    /// Publishes a snapshot. Where another publication came in between, it is compared with that one.
    async fn publish(&self, snapshot: Snapshot) -> Result<Report, RefreshError> {
        let current_date = snapshot.current_date();
        let behind = (self.yesterday - current_date).num_days();
        let lag = if behind > 0 {
            format!(" The source is {behind} days behind: it has no complete day after {current_date}.")
        } else {
            String::new()
        };
        let mut draft = Draft::new(self.platform, snapshot).await?;
        for _ in 0..PUBLICATIONS {
            let latest = snapshot_store::latest(self.platform).await?;
            let report = self.report(&draft, &latest, &lag)?;
            if report.status != Status::Updated {
                return Ok(report);
            }
            // Had the lease run out meanwhile, two would publish.
            self.lease.renew(self.platform).await?;
            if draft.publish_after(&latest).await?.is_some() {
                return Ok(report);
            }
        }
        Err(PublishError::Contended.into())
    }

    /// What a refresh does with a new snapshot when another is current.
    fn report(&self, draft: &Draft, latest: &Latest, lag: &str) -> Result<Report, RefreshError> {
        let snapshot = draft.snapshot();
        let (date, before) = (snapshot.current_date(), latest.current.as_ref());
        let report = |status, current_date: NaiveDate, message: String| Report {
            status,
            message: format!("{message}{lag}"),
            current_date: Some(current_date),
            days_added: before.map_or_else(
                || (current_date - snapshot.start_date()).num_days() + 1,
                |before| (current_date - before.snapshot.current_date()).num_days(),
            ),
            requests: self.client.sent(),
        };
        if let Some(before) = before.filter(|_| latest.is_pinned()) {
            let pinned = before.snapshot.current_date();
            return Ok(report(
                Status::Pinned,
                pinned,
                format!(
                    "The snapshot of {pinned} is pinned and stays current; that of {date}, which the source has, was not published. \
                     DELETE /admin/snapshots/pin lets the next refresh publish."
                ),
            ));
        }
        if before.is_some_and(|before| *before.id == *snapshot_store::name_of(snapshot)) {
            let message = format!("The snapshot of {date} is still the newest that the source has.");
            return Ok(report(Status::Unchanged, date, message));
        }
        if let Some(Err(refused)) = before.map(|before| continuity(before.snapshot.data(), snapshot.data())) {
            if !self.force {
                return Err(RefreshError::Implausible(refused));
            }
            let message = "published by ?force=true in spite of what speaks against it";
            web::log::warning(self.platform, message, Some(&refused));
        }
        let message =
            format!("The snapshot of {date} is now current; other instances notice it within a minute.");
        Ok(report(Status::Updated, date, message))
    }

    /// Calls the application itself, which goes on under the lease with requests of its own to send.
    async fn go_on_elsewhere(&self) -> Result<Conclusion, RefreshError> {
        let requests = self.client.sent();
        let (Some(itself), OperatorsKey::Set(key)) =
            (self.platform.itself(), operators_key(self.platform).await?)
        else {
            let message = "More is to be fetched than one invocation may send requests for, and without ADMIN_API_KEY and \
                           the service binding SELF there is no calling another. Refresh again to go on."
                .to_owned();
            let (status, current_date) = (Status::InProgress, None);
            return Ok(Conclusion::Report(Report { status, message, current_date, days_added: 0, requests }));
        };
        let force = if self.force { "?force=true" } else { "" };
        let unreachable = |error: &dyn std::fmt::Display| RefreshError::Itself(error.to_string());
        let request = Request::post(format!("https://itself.invalid{PATH}{force}"))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(LEASE_HEADER, &self.lease.holder)
            .body(Bytes::new())
            .map_err(|error| unreachable(&error))?;
        let response =
            itself.send(request).await.map_err(|error: OutsideError| unreachable(&error.reason))?;
        if !matches!(response.status(), StatusCode::OK | StatusCode::ACCEPTED) {
            return Ok(Conclusion::Elsewhere(response));
        }
        let mut report: Report =
            serde_json::from_slice(response.body()).map_err(|error| unreachable(&error))?;
        report.requests += requests;
        Ok(Conclusion::Report(report))
    }
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
        .find(|day| known.get(&statistic).is_some_and(|runs| fetched(runs, *day).is_some()));
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
