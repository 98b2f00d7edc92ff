//! The refresh as a job: a wave of requests a step, then the table of expirations, then the publication. So each step fits into what a
//! platform lets one invocation do, and a job whose worker dies goes on where it was.

use std::time::Duration;

use access::{Caller, Scope, Scopes, audit::Act, audit::AuditRow, store::KeyStore};
use chrono::NaiveDate;
use job_tools::{Plan, Refused, Tool, on_behalf};
use jobs::{Done, Failure, Product, Told, Work};
use network_data::spacescope::{DayRange, Statistic};
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
    run::{Advance, Course, Refresh},
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

/// What a step keeps for the next.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// The ranges that were asked for: a day that did not come is not asked for twice.
    asked: Vec<(String, NaiveDate, NaiveDate)>,
    /// Those that are asked for next.
    planned: Vec<(String, NaiveDate, NaiveDate)>,
    has_table: bool,
    /// Requests that were sent.
    requests: u32,
}

async fn step(work: Work<'_>) -> Result<Done, Failure> {
    let caller = on_behalf(work.platform, work.job).await?;
    if !caller.scopes.has(Scope::Admin) {
        return Err(Failure::lasting("INSUFFICIENT_SCOPE", "The key has the scope `admin` no more."));
    }
    let input: Map<String, Value> = serde_json::from_str(work.input).map_err(broken)?;
    let wish = wish(input).map_err(|_| broken("its options"))?;
    let kept = work.kept.map(serde_json::from_slice).transpose().map_err(broken)?;
    // Nobody waits for a refresh but who asked for it.
    let platform = &work.platform.patient();
    match advance(platform, &work.job.id, &wish, kept).await {
        Ok((_, Advance::Done(report))) => {
            snapshot_store::record_refresh(platform, None).await;
            note(platform, &caller, &work.job.id).await;
            let json = serde_json::to_vec(&report).map_err(broken)?;
            Ok(Done::Product(Product { json, csv: None }))
        }
        Ok((kept, Advance::Further(left))) => later(&kept, left),
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

fn later(kept: &Kept, left: usize) -> Result<Done, Failure> {
    let asked = kept.asked.len();
    let (phase, percent) = match left {
        _ if kept.has_table => ("publishing the snapshot".to_owned(), 95),
        0 => ("fetching the known expirations".to_owned(), 90),
        _ => (
            format!("fetching: {asked} of {} ranges of days are there", asked + left),
            90 * asked / (asked + left),
        ),
    };
    let told = Told { phase, percent: u8::try_from(percent).unwrap_or(90) };
    let keep = Some(serde_json::to_vec(kept).map_err(broken)?);
    Ok(Done::Later { told, after: Duration::ZERO, keep })
}

/// Does the next part under the lease of this job, which it keeps from step to step, and gives back at the end.
async fn advance(
    platform: &Platform,
    job: &str,
    wish: &Wish,
    kept: Option<Kept>,
) -> Result<(Kept, Advance), RefreshError> {
    let settings = Settings::read(platform).await?;
    rows::migrate(platform).await?;
    let lease = Lease::take(platform, Some(job.to_owned()), settings.timeout).await?;
    let client = Client::new(platform, settings, u32::MAX);
    let refresh = Refresh { platform, client: &client, lease: &lease, force: wish.force };
    let is_first = kept.is_none();
    let kept = kept.unwrap_or_default();
    let advanced = async {
        let mut course = refresh.begin(wish.full && is_first).await?;
        course.has_table = kept.has_table;
        course.plan.asked = kept.asked.iter().filter_map(range).collect();
        course.planned = kept.planned.iter().filter_map(range).collect();
        let advanced = refresh.advance(&mut course, 1).await?;
        Ok((course, advanced))
    };
    match advanced.await {
        Ok((course, Advance::Done(report))) => {
            let requests = kept.requests + report.requests;
            lease.give_back(platform).await;
            Ok((kept_of(&course, requests), Advance::Done(Report { requests, ..report })))
        }
        Ok((course, advance)) => Ok((kept_of(&course, kept.requests + client.sent()), advance)),
        Err(error) => {
            lease.give_back(platform).await;
            Err(error)
        }
    }
}

fn kept_of(course: &Course, requests: u32) -> Kept {
    let name =
        |(statistic, range): &(Statistic, DayRange)| (statistic.name().to_owned(), range.first, range.last);
    Kept {
        asked: course.plan.asked.iter().map(name).collect(),
        planned: course.planned.iter().map(name).collect(),
        has_table: course.has_table,
        requests,
    }
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
