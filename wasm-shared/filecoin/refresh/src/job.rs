//! The refresh as a job: a wave of requests a step, then the table of expirations, then the snapshot, its publication, and the removal
//! of what that left over. So each step fits into what a platform lets one invocation do, and a job whose worker dies goes on where it
//! was.

use std::time::Duration;

use access::{Caller, Scope, Scopes, audit::Act, audit::AuditRow, store::KeyStore};
use chrono::NaiveDate;
use job_tools::{Plan, Refused, Tool, on_behalf};
use jobs::{Done, Failure, Product, Told, Work};
use network_data::{
    Snapshot,
    spacescope::{DayRange, Statistic, Tables},
};
use platform::Platform;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use suggest::Unknown;
use web::{FieldProblem, Problem};

use crate::{
    RefreshError, Report, Wish,
    client::Client,
    lease::Lease,
    rows,
    run::{Advance, Course, Fetching, Refresh},
    settings::Settings,
};

/// `POST /admin/update-cache`.
pub static UPDATE_CACHE: Tool = Tool {
    name: "update-cache",
    meaning: "POST /admin/update-cache, with `full` and `force` of its query; for keys with the scope `admin`",
    scopes: Scopes::of(&[Scope::Admin]),
    topic: jobs::SLOW_TOPIC,
    read: |asked| {
        Box::pin(async move { wish(asked.input).map(|_| Plan::default()).map_err(Refused::Fields) })
    },
    step: |work| Box::pin(step(work)),
};

/// The longest wait for another refresh before it is looked again whether that has ended.
const LONGEST_WAIT: i64 = 15;

/// The options of the direct path, as the members of an object.
fn wish(mut input: Map<String, Value>) -> Result<Wish, Vec<FieldProblem>> {
    let problem = |name: &str, detail: String| FieldProblem {
        pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        detail,
    };
    let wish = Wish::read(|name| input.remove(name));
    let mut problems: Vec<_> = input
        .keys()
        .take(20)
        .map(|name| {
            let shown: String = name.chars().take(80).collect();
            problem(&shown, Unknown::new(name, Wish::OPTIONS).listing(&Wish::OPTIONS))
        })
        .collect();
    match wish {
        Ok(wish) if problems.is_empty() => Ok(wish),
        Ok(_) => Err(problems),
        Err(refused) => {
            problems.extend(refused.into_iter().map(|(name, detail)| problem(name, detail.to_owned())));
            Err(problems)
        }
    }
}

/// What a step keeps for the next: this as JSON, a line feed, and what the stage has besides as bytes.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    stage: Stage,
    /// The ranges that were asked for.
    asked: Vec<(String, NaiveDate, NaiveDate)>,
    /// Those that are asked for next.
    planned: Vec<(String, NaiveDate, NaiveDate)>,
    /// Requests that were sent.
    requests: u32,
}

/// The kinds of [`Course`].
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
enum Stage {
    #[default]
    Fetching,
    Fetched,
    Derived,
    Published,
}

/// A refresh as it is between two steps.
struct State {
    course: Course,
    requests: u32,
}

impl State {
    fn write(&self) -> Result<Vec<u8>, Failure> {
        let names = |ranges: &mut dyn Iterator<Item = &(Statistic, DayRange)>| {
            ranges.map(|(statistic, range)| (statistic.name().to_owned(), range.first, range.last)).collect()
        };
        let kept = Kept { requests: self.requests, ..Kept::default() };
        let (kept, rest) = match &self.course {
            Course::Fetching(Fetching { asked, planned }) => {
                let (asked, planned) = (names(&mut asked.iter()), names(&mut planned.iter()));
                (Kept { asked, planned, ..kept }, Vec::new())
            }
            Course::Fetched(tables) => (Kept { stage: Stage::Fetched, ..kept }, tables.pack()),
            Course::Derived(snapshot) => (Kept { stage: Stage::Derived, ..kept }, snapshot.to_wire()),
            Course::Published(report) => {
                (Kept { stage: Stage::Published, ..kept }, serde_json::to_vec(report).map_err(broken)?)
            }
        };
        let mut bytes = serde_json::to_vec(&kept).map_err(broken)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&rest);
        Ok(bytes)
    }

    fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let (kept, rest) = bytes.split_at(end);
        let kept: Kept = serde_json::from_slice(kept).map_err(broken)?;
        let rest = rest.get(1..).unwrap_or_default();
        let course = match kept.stage {
            Stage::Fetching => Course::Fetching(Fetching {
                asked: kept.asked.iter().filter_map(range).collect(),
                planned: kept.planned.iter().filter_map(range).collect(),
            }),
            Stage::Fetched => {
                Course::Fetched(Tables::unpack(rest).ok_or_else(|| broken("the table of expirations"))?)
            }
            Stage::Derived => Course::Derived(Box::new(Snapshot::from_wire(rest).map_err(broken)?)),
            Stage::Published => Course::Published(serde_json::from_slice(rest).map_err(broken)?),
        };
        Ok(Self { course, requests: kept.requests })
    }

    /// What comes next.
    fn told(&self) -> Told {
        let (phase, percent) = match &self.course {
            Course::Fetching(Fetching { planned, .. }) if planned.is_empty() => {
                ("fetching the known expirations".to_owned(), 90)
            }
            Course::Fetching(Fetching { asked, planned }) => {
                let (there, all) = (asked.len(), asked.len() + planned.len());
                (format!("fetching: {there} of {all} ranges of days are there"), 90 * there / all)
            }
            Course::Fetched(_) => ("deriving the snapshot".to_owned(), 93),
            Course::Derived(_) => ("publishing the snapshot".to_owned(), 96),
            Course::Published(_) => ("removing what is no longer needed".to_owned(), 99),
        };
        Told { phase, percent: u8::try_from(percent).unwrap_or(90) }
    }
}

async fn step(work: Work<'_>) -> Result<Done, Failure> {
    let caller = on_behalf(work.platform, work.job).await?;
    if !caller.scopes.has(Scope::Admin) {
        return Err(Failure::lasting("INSUFFICIENT_SCOPE", "The key has the scope `admin` no more."));
    }
    let input: Map<String, Value> = serde_json::from_str(work.input).map_err(broken)?;
    let wish = wish(input).map_err(|_| broken("its options"))?;
    let before = work.kept.map(State::read).transpose()?;
    // Nobody waits for a refresh but who asked for it.
    let platform = &work.platform.patient();
    match advance(platform, &work.job.id, &wish, before).await {
        Ok((requests, Advance::Done(report))) => {
            let report = Report { requests, ..report };
            snapshot_store::record_refresh(platform, None).await;
            note(platform, &caller, &work.job.id).await;
            let json = serde_json::to_vec(&report).map_err(broken)?;
            Ok(Done::Product(Product { json, csv: None }))
        }
        Ok((requests, Advance::Further(course))) => {
            let state = State { course, requests };
            Ok(Done::Later { told: state.told(), after: Duration::ZERO, keep: Some(state.write()?) })
        }
        // It sends as many as it needs.
        Ok((_, Advance::NoRequestsLeft)) => Err(broken("no requests are left")),
        Err(RefreshError::UnderWay { left, .. }) => Ok(Done::Later {
            told: Told { phase: "waiting for another refresh to end".to_owned(), percent: 0 },
            after: Duration::from_secs(left.num_seconds().clamp(1, LONGEST_WAIT).unsigned_abs()),
            keep: None,
        }),
        Err(error) => Err(failed(platform, error).await),
    }
}

/// Does the next part under the lease of this job, which it keeps from step to step, and gives back at the end. Also gives the number of
/// requests that were sent so far.
async fn advance(
    platform: &Platform,
    job: &str,
    wish: &Wish,
    before: Option<State>,
) -> Result<(u32, Advance), RefreshError> {
    let settings = Settings::read(platform).await?;
    rows::migrate(platform).await?;
    let lease = Lease::take(platform, Some(job.to_owned()), settings.timeout).await?;
    let client = Client::new(platform, settings, u32::MAX);
    let refresh = Refresh::new(platform, &client, &lease, wish.force);
    let advanced = async {
        let (course, requests) = match before {
            Some(State { course, requests }) => (course, requests),
            None => (refresh.begin(wish.full).await?, 0),
        };
        let advanced = refresh.advance(course, 1).await?;
        Ok((requests + client.sent(), advanced))
    };
    let advanced = advanced.await;
    if !matches!(advanced, Ok((_, Advance::Further(_)))) {
        lease.give_back(platform).await;
    }
    advanced
}

fn range((name, first, last): &(String, NaiveDate, NaiveDate)) -> Option<(Statistic, DayRange)> {
    Some((Statistic::named(name)?, DayRange { first: *first, last: *last }))
}

/// Why it failed, for the job's owner; `/health` and the log have it too.
async fn failed(platform: &Platform, error: RefreshError) -> Failure {
    if error.is_failure() {
        let reason = web::sentence(&error.to_string());
        web::log::error(platform, "the refresh failed", &reason);
        snapshot_store::record_refresh(platform, Some(reason)).await;
    }
    let may_pass = matches!(
        error,
        RefreshError::Unreachable { .. } | RefreshError::Outside(_) | RefreshError::Publish(_)
    );
    let problem = Problem::from(error);
    Failure { passing: may_pass, ..Failure::lasting(problem.code(), problem.detail()) }
}

/// Notes the refresh in the audit trail, as the direct path does. It is done by now, so where that fails the log has it.
async fn note(platform: &Platform, caller: &Caller, job: &str) {
    let row = AuditRow {
        at: platform.clock().now().timestamp_millis(),
        actor: caller.actor().to_owned(),
        act: Act::DataRefreshed,
        target: job.to_owned(),
        address: None,
        request_id: None,
    };
    let noted = async { KeyStore::open(platform).await?.append_audit(&row).await };
    if let Err(error) = noted.await {
        web::log::error(platform, "the audit trail lacks a refresh", &error);
    }
}

fn broken(error: impl std::fmt::Display) -> Failure {
    Failure::lasting("INTERNAL_ERROR", format!("The refresh cannot go on ({error})."))
}
