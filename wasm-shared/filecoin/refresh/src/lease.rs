use chrono::{DateTime, Duration, Utc};
use platform::{Outcome, OutsideError, Platform, Statement, Value};

use crate::{RefreshError, client::longest_fetch};

/// By how much a lease outlasts the longest fetch: for the stores, and for clocks that differ.
const MARGIN: Duration = Duration::minutes(1);

/// A lease that was taken so lately is not renewed yet. Far less than the margin.
const FRESH: Duration = Duration::seconds(10);

/// The right to refresh.
pub(crate) struct Lease {
    /// A unique name.
    pub(crate) holder: String,
    /// When the refresh began, milliseconds since 1970; it stays when the lease is handed on.
    pub(crate) since: i64,
    /// For how long it holds if it is not renewed.
    term: Duration,
    /// When it was taken here.
    taken: DateTime<Utc>,
}

impl Lease {
    /// Takes the lease, or goes on with one that was handed on. It is renewed before each fetch, and holds for longer than one may
    /// take with all its attempts where a request is given up after `timeout`.
    ///
    /// # Errors
    /// Another refresh holds it, or the database does not answer.
    pub(crate) async fn take(
        platform: &Platform,
        handed: Option<String>,
        timeout: std::time::Duration,
    ) -> Result<Self, RefreshError> {
        let longest = Duration::from_std(longest_fetch(timeout)).unwrap_or(Duration::hours(1));
        let holder = handed.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        Self::hold(platform, holder, longest + MARGIN).await
    }

    async fn hold(platform: &Platform, holder: String, term: Duration) -> Result<Self, RefreshError> {
        let now = platform.clock().now();
        let outcomes = platform
            .database()
            .run(vec![
                Statement::new(
                    "INSERT INTO refresh_lease (name, holder, since, expires) VALUES ('refresh', ?1, ?2, ?3) \
                     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires, \
                     since = CASE WHEN refresh_lease.holder = excluded.holder THEN refresh_lease.since \
                     ELSE excluded.since END \
                     WHERE refresh_lease.expires <= ?2 OR refresh_lease.holder = ?1",
                    [holder.as_str().into(), milliseconds(now), milliseconds(now + term)],
                ),
                Statement::new("SELECT holder, since, expires FROM refresh_lease WHERE name = 'refresh'", []),
            ])
            .await?;
        let (present, since, expires) = read(&outcomes).ok_or_else(no_lease)?;
        if present == holder {
            return Ok(Self { holder, since, term, taken: now });
        }
        let now = now.timestamp_millis();
        let (age, left) =
            (Duration::milliseconds(now - since), Duration::milliseconds((expires - now).max(0)));
        Err(RefreshError::UnderWay { age, left })
    }

    /// Renews it: what else would run out while the work goes on.
    ///
    /// # Errors
    /// It had run out, and another refresh took it.
    pub(crate) async fn renew(&self, platform: &Platform) -> Result<(), RefreshError> {
        if (Duration::zero()..FRESH).contains(&(platform.clock().now() - self.taken)) {
            return Ok(());
        }
        Self::hold(platform, self.holder.clone(), self.term).await.map(drop)
    }

    /// Gives it back. Should that fail, it runs out by itself.
    pub(crate) async fn give_back(self, platform: &Platform) {
        let sql = "DELETE FROM refresh_lease WHERE name = 'refresh' AND holder = ?1";
        let _ = platform.database().run(vec![Statement::new(sql, [self.holder.into()])]).await;
    }
}

fn milliseconds(time: DateTime<Utc>) -> Value {
    Value::Integer(time.timestamp_millis())
}

fn read(outcomes: &[Outcome]) -> Option<(String, i64, i64)> {
    let row = outcomes.get(1)?.rows.first()?;
    Some((row.first()?.as_text()?.to_owned(), row.get(1)?.as_i64()?, row.get(2)?.as_i64()?))
}

fn no_lease() -> OutsideError {
    OutsideError::new("database", "the lease that was just written is not there")
}
