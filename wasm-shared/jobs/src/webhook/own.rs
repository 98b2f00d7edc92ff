//! The webhook secret of a key: it signs what the key's jobs tell, in place of the deployment's.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use platform::{OutsideError, Platform, Statement, Value};

use super::{Secrets, Settings, signature::PREFIX};
use crate::{JobStore, Millis, job::millis, store::unreadable};

/// Random bytes of a secret.
const BYTES: usize = 32;

/// A secret that a key has, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSecret {
    /// When it was made.
    pub created: Millis,
    /// Until when the former one signs too.
    pub former_until: Option<Millis>,
}

/// Gives a key a secret of its own, or another one in its place: the former one signs too for `grace`, so that receivers can be told
/// meanwhile. The secret is given once.
///
/// # Errors
/// When the database does not answer, or the platform gives no random numbers.
pub async fn rotate(
    platform: &Platform,
    account: &str,
    grace: Duration,
) -> Result<(String, OwnSecret), OutsideError> {
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| OutsideError::new("random numbers", error))?;
    let secret = format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes));
    let store = JobStore::open(platform).await?;
    let now = store.now();
    let upsert = Statement::new(
        "INSERT INTO job_webhook_secrets (account, secret, created) VALUES (?1, ?2, ?3) \
         ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, created = excluded.created, \
         former = CASE WHEN ?4 > 0 THEN job_webhook_secrets.secret END, \
         former_until = CASE WHEN ?4 > 0 THEN ?3 + ?4 END RETURNING created, former_until",
        [account.into(), secret.as_str().into(), now.into(), millis(grace).into()],
    );
    let outcomes = store.run(vec![upsert]).await?;
    let own = outcomes.first().and_then(|outcome| own(outcome.rows.first()?, now));
    Ok((secret, own.ok_or_else(unreadable)?))
}

/// The secret that a key has.
///
/// # Errors
/// When the database does not answer.
pub async fn describe(platform: &Platform, account: &str) -> Result<Option<OwnSecret>, OutsideError> {
    let store = JobStore::open(platform).await?;
    let select = "SELECT created, former_until FROM job_webhook_secrets WHERE account = ?1";
    let outcomes = store.run(vec![Statement::new(select, [account.into()])]).await?;
    Ok(outcomes.first().and_then(|outcome| own(outcome.rows.first()?, store.now())))
}

/// Takes a key's secret away: the deployment's signs again. Whether it had one.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(platform: &Platform, account: &str) -> Result<bool, OutsideError> {
    let delete = Statement::new("DELETE FROM job_webhook_secrets WHERE account = ?1", [account.into()]);
    let outcomes = JobStore::open(platform).await?.run(vec![delete]).await?;
    Ok(outcomes.first().is_some_and(|outcome| outcome.changes > 0))
}

/// What signs for a key: its own secrets, else the deployment's.
///
/// # Errors
/// When the database does not answer.
pub async fn secrets_of(
    platform: &Platform,
    settings: &Settings,
    account: &str,
) -> Result<Option<Secrets>, OutsideError> {
    let store = JobStore::open(platform).await?;
    let select = "SELECT secret, CASE WHEN former_until > ?2 THEN former END FROM job_webhook_secrets WHERE account = ?1";
    let outcomes = store.run(vec![Statement::new(select, [account.into(), store.now().into()])]).await?;
    let Some(row) = outcomes.first().and_then(|outcome| outcome.rows.first()) else {
        return Ok(settings.deployment.clone());
    };
    let words: Vec<&str> = row.iter().filter_map(Value::as_text).collect();
    Secrets::parse(&words.join(" ")).map(Some).ok_or_else(unreadable)
}

fn own(row: &[Value], now: Millis) -> Option<OwnSecret> {
    let former_until = row.get(1).and_then(Value::as_i64).filter(|until| *until > now);
    Some(OwnSecret { created: row.first()?.as_i64()?, former_until })
}
