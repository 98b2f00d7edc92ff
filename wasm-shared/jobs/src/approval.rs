//! Approvals: a job of a tool that the operator lists waits until a reviewer allows it.
//!
//! An approval holds for exactly one tool and input, once, for [`HOLDS`]. Allowing it begins the job that waits. Where that job was
//! cancelled meanwhile, the approval may be named when the same is submitted again.

use std::time::Duration;

use platform::{OutsideError, Platform, Statement, Value};
use sha2::{Digest as _, Sha256};

use crate::{
    Approval, Failure, Job, JobStore, Limits, Millis, Status, Write,
    job::millis,
    random::token,
    store::unreadable,
    work::{ended, send},
};

/// For how long an approval may be asked for, and for how long it holds when it was given.
pub const HOLDS: Duration = Duration::from_hours(24);

/// A request for an approval, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where it stands in lists.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Whose job it is.
    pub owner: String,
    /// The key that asked.
    pub account: String,
    /// The tool.
    pub tool: String,
    /// What the tool is asked, as JSON, while the job is kept.
    pub input: Option<String>,
    /// The job, while it is kept.
    pub job: Option<String>,
    /// `pending`, `approved`, `used`, `rejected` or `expired`.
    pub status: String,
    /// When it was asked for.
    pub created: Millis,
    /// When it lapses.
    pub expires: Millis,
    /// Who decided.
    pub reviewer: Option<String>,
    /// Why not.
    pub reason: Option<String>,
    /// When it was decided.
    pub decided: Option<Millis>,
}

/// What came of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It was decided by this.
    Done(Box<Request>),
    /// There is no such request.
    Missing,
    /// Nobody decides on what they asked for.
    Own,
    /// It had been decided, or has lapsed: this is where it stands.
    Already(String),
}

/// What a reviewer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// It may begin.
    Approve,
    /// It may not, for this reason.
    Reject(&'a str),
}

pub(crate) fn new_id() -> Result<String, OutsideError> {
    Ok(format!("apr_{}", token()?))
}

/// The digest of what is asked for. The members of an input are in the order of their names.
pub(crate) fn digest(tool: &str, input: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::new().chain_update(tool).chain_update("\n").chain_update(input).finalize() {
        // Writing to a String does not fail.
        let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
    }
    text
}

/// What belongs into the transaction of a submission.
pub(crate) fn on_submit(job: &Job, asked: &Approval, digest: &str, now: Millis) -> Vec<Statement> {
    let id = || Value::from(job.id.as_str());
    match (asked, &job.approval) {
        (Approval::Needed, Some(approval)) => vec![Statement::new(
            "INSERT INTO job_approvals (id, owner, account, tool, digest, job, status, created, expires) \
             SELECT ?2, owner, account, tool, ?3, id, 'pending', ?4, ?5 FROM jobs WHERE id = ?1",
            [id(), approval.as_str().into(), digest.into(), now.into(), (now + millis(HOLDS)).into()],
        )],
        (Approval::Given(approval), _) => vec![Statement::new(
            "UPDATE job_approvals SET status = 'used', job = ?1 WHERE id = ?2 AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1)",
            [id(), approval.as_str().into()],
        )],
        _ => Vec::new(),
    }
}

/// Why an approval does not allow a submission; none where it does.
pub(crate) async fn refusal(
    store: &JobStore<'_>,
    id: &str,
    owner: &str,
    wanted: &str,
) -> Result<Option<&'static str>, OutsideError> {
    let select = "SELECT owner, digest, status, expires FROM job_approvals WHERE id = ?1";
    let outcomes = store.run(vec![Statement::new(select, [id.into()])]).await?;
    let Some(row) = outcomes.first().and_then(|outcome| outcome.rows.first()) else {
        return Ok(Some("there is no such approval"));
    };
    let text = |place: usize| row.get(place).and_then(Value::as_text).unwrap_or_default();
    let is_over = row.get(3).and_then(Value::as_i64).is_none_or(|expires| expires <= store.now());
    Ok(match text(2) {
        _ if text(0) != owner => Some("there is no such approval"),
        _ if text(1) != wanted => Some("it is for another tool or another input"),
        "pending" => Some("it has not been given yet"),
        "used" => Some("it was used already; an approval holds once"),
        "rejected" => Some("it was rejected"),
        "approved" if !is_over => None,
        _ => Some("it has lapsed; an approval holds for 24 hours"),
    })
}

const COLUMNS: &str = "SELECT number, id, owner, account, tool, job, status, created, expires, reviewer, reason, decided, \
    (SELECT input FROM job_inputs WHERE job_inputs.job = (SELECT jobs.number FROM jobs WHERE jobs.id = job_approvals.job)) AS input \
    FROM job_approvals WHERE number < ?1 AND (?2 IS NULL OR status = ?2) ORDER BY number DESC LIMIT ?3";
const ONE: &str = "SELECT number, id, owner, account, tool, job, status, created, expires, reviewer, reason, decided, \
    NULL AS input FROM job_approvals WHERE id = ?1";

/// The largest whole number that D1 keeps exactly.
const LARGEST: i64 = 1 << 53;

/// Requests, newest first: of one status or of all, older than `before`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    platform: &Platform,
    status: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Request>, OutsideError> {
    let store = JobStore::open(platform).await?;
    let status = status.map_or(Value::Null, Value::from);
    let select = Statement::new(COLUMNS, [before.unwrap_or(LARGEST).into(), status, i64::from(limit).into()]);
    let outcomes = store.run(vec![select]).await?;
    outcomes
        .first()
        .ok_or_else(unreadable)?
        .rows
        .iter()
        .map(|row| request(row).ok_or_else(unreadable))
        .collect()
}

/// How many requests there are of each status.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(platform: &Platform) -> Result<Vec<(String, i64)>, OutsideError> {
    let store = JobStore::open(platform).await?;
    let select = "SELECT status, count(*) AS many FROM job_approvals GROUP BY status ORDER BY status";
    let outcomes = store.run(vec![Statement::new(select, [])]).await?;
    let row = |row: &Vec<Value>| Some((row.first()?.as_text()?.to_owned(), row.get(1)?.as_i64()?));
    outcomes.first().ok_or_else(unreadable)?.rows.iter().map(|one| row(one).ok_or_else(unreadable)).collect()
}

fn request(row: &[Value]) -> Option<Request> {
    let text = |place: usize| row.get(place).and_then(Value::as_text).map(str::to_owned);
    let number = |place: usize| row.get(place).and_then(Value::as_i64);
    Some(Request {
        number: number(0)?,
        id: text(1)?,
        owner: text(2)?,
        account: text(3)?,
        tool: text(4)?,
        job: text(5),
        status: text(6)?,
        created: number(7)?,
        expires: number(8)?,
        reviewer: text(9),
        reason: text(10),
        decided: number(11),
        input: text(12),
    })
}

/// A reviewer decides. `owner` is whose the reviewer's key is, `reviewer` the key.
///
/// A decision that was interrupted is taken up where it is made again: first the request is decided, then the job follows it.
///
/// # Errors
/// When the database does not answer.
pub async fn decide(
    platform: &Platform,
    limits: &Limits,
    id: &str,
    (owner, reviewer): (&str, &str),
    decision: Decision<'_>,
) -> Result<Decided, OutsideError> {
    let store = JobStore::open(platform).await?;
    let now = store.now();
    let (status, reason) = match decision {
        Decision::Approve => ("approved", Value::Null),
        Decision::Reject(reason) => ("rejected", reason.into()),
    };
    let statements = vec![
        Statement::new(
            "UPDATE job_approvals SET status = ?2, reviewer = ?3, reason = ?4, decided = ?5, expires = ?6 \
             WHERE id = ?1 AND status = 'pending' AND owner <> ?7 AND expires > ?5",
            [
                id.into(),
                status.into(),
                reviewer.into(),
                reason,
                now.into(),
                (now + millis(HOLDS)).into(),
                owner.into(),
            ],
        ),
        Statement::new(ONE, [id.into()]),
    ];
    let outcomes = store.run(statements).await?;
    let [updated, found] = outcomes.as_slice() else { return Err(unreadable()) };
    let Some(row) = found.rows.first() else { return Ok(Decided::Missing) };
    let mut request = request(row).ok_or_else(unreadable)?;
    if request.owner == owner {
        return Ok(Decided::Own);
    }
    if updated.changes == 0 && request.status != status {
        let lapsed = request.status == "pending" && request.expires <= now;
        return Ok(Decided::Already(if lapsed { "expired".to_owned() } else { request.status }));
    }
    let Some(job) = request.job.clone() else { return Ok(Decided::Done(Box::new(request))) };
    match decision {
        Decision::Approve => {
            let write = store.change(&job, limits.running, |job| {
                let event = job.allow();
                (event.is_some(), event)
            });
            // Also where an earlier decision was interrupted after the job was let go: it is spent.
            if let Write::Done { decided, job: after } = write.await?
                && (decided || after.status != Status::Cancelled)
            {
                let used = "UPDATE job_approvals SET status = 'used' WHERE id = ?1";
                store.run(vec![Statement::new(used, [id.into()])]).await?;
                "used".clone_into(&mut request.status);
                send(platform, &after, [0]).await;
            }
        }
        Decision::Reject(reason) => {
            let failure =
                Failure::lasting("APPROVAL_REJECTED", format!("A reviewer did not allow it: {reason}"));
            deny(platform, &store, limits, &job, &failure).await?;
        }
    }
    Ok(Decided::Done(Box::new(request)))
}

async fn deny(
    platform: &Platform,
    store: &JobStore<'_>,
    limits: &Limits,
    job: &str,
    failure: &Failure,
) -> Result<(), OutsideError> {
    let now = store.now();
    let write = store.change(job, limits.running, |job| {
        let event = job.deny(failure.clone(), now, limits.keep_failed);
        (event.is_some(), event)
    });
    if let Write::Done { decided: true, job } = write.await?
        && job.status == Status::Failed
    {
        ended(platform, store, &job, limits).await;
    }
    Ok(())
}

/// Requests that nobody decided in time lapse, and their jobs fail.
///
/// # Errors
/// When the database does not answer.
pub async fn tend(platform: &Platform, limits: &Limits) -> Result<(), OutsideError> {
    let store = JobStore::open(platform).await?;
    let update = Statement::new(
        "UPDATE job_approvals SET status = 'expired' WHERE number IN \
         (SELECT number FROM job_approvals WHERE status = 'pending' AND expires <= ?1 ORDER BY number LIMIT 50) RETURNING job",
        [store.now().into()],
    );
    let outcomes = store.run(vec![update]).await?;
    let failure = Failure::lasting("APPROVAL_EXPIRED", "No reviewer allowed it within 24 hours.");
    for row in &outcomes.first().ok_or_else(unreadable)?.rows {
        if let Some(job) = row.first().and_then(Value::as_text) {
            deny(platform, &store, limits, job, &failure).await?;
        }
    }
    Ok(())
}
