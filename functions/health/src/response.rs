use chrono::{DateTime, Utc};
use network_data::BUNDLED_SOURCE;
use platform::Platform;
use serde::Serialize;
use snapshot_store::{Current, LastRefresh, StoreError};

/// The reply.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `healthy`; `demonstration` where no data but the bundled ones are loaded; `degraded` where something needs the operator's
    /// attention.
    status: Status,
    /// Why it is not healthy, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The product's version.
    version: &'static str,
    /// Which build of that version it is.
    build: &'static str,
    /// Where it runs: `cloudflare`, `spin` or `native`.
    platform: &'static str,
    /// The network data in use; null where there is none yet.
    snapshot: Option<SnapshotHealth>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
#[derive(utoipa::ToSchema)]
enum Status {
    Healthy,
    Demonstration,
    Degraded,
}

#[derive(Serialize, utoipa::ToSchema)]
struct SnapshotHealth {
    /// The newest day with data, `YYYY-MM-DD`.
    current_date: String,
    /// Days from then to today, UTC; more than seven are too many.
    age_days: i64,
    /// Where the data come from, such as `spacescope`, `import` or `bundled-demo`.
    source: String,
    /// Whether the operator pinned it, so that refreshes do not replace it; left out where not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pinned: bool,
}

const DEMONSTRATION: &str = "The data are the bundled demonstration network; load real data with POST /admin/update-cache or PUT \
                             /admin/snapshot.";

/// The age from which data are too old: Spacescope is rarely more than two days behind.
const TOO_OLD_DAYS: i64 = 7;

impl Health {
    pub(crate) fn of(
        platform: &Platform,
        found: Result<Current, StoreError>,
        last_refresh: Option<LastRefresh>,
        other_faults: Vec<String>,
    ) -> Self {
        let now = platform.clock().now();
        let today = now.date_naive();
        let mut faults = Vec::new();
        let snapshot = match found {
            Ok(current) => {
                let snapshot = &current.snapshot;
                let age_days = snapshot.age_days(today);
                let is_demonstration = snapshot.source() == BUNDLED_SOURCE;
                if age_days > TOO_OLD_DAYS && !is_demonstration {
                    faults.push(format!(
                        "The network's data are {age_days} days old; refresh them with POST /admin/update-cache."
                    ));
                }
                let shown = SnapshotHealth {
                    current_date: snapshot.current_date().to_string(),
                    age_days,
                    source: snapshot.source().to_owned(),
                    pinned: current.pinned,
                };
                Some((shown, is_demonstration))
            }
            Err(error) => {
                faults.push(remedy(&error));
                None
            }
        };
        faults.extend(last_refresh.and_then(|last| failure(last, now)));
        faults.extend(other_faults);
        let is_demonstration = snapshot.as_ref().is_some_and(|(_, is_demonstration)| *is_demonstration);
        let (status, reason) = match faults.as_slice() {
            [] if is_demonstration => (Status::Demonstration, Some(DEMONSTRATION.to_owned())),
            [] => (Status::Healthy, None),
            faults => (Status::Degraded, Some(faults.join(" "))),
        };
        Self {
            status,
            reason,
            version: web::VERSION,
            build: web::BUILD,
            platform: platform.name(),
            snapshot: snapshot.map(|(snapshot, _)| snapshot),
        }
    }

    /// All that the reply depends on.
    pub(crate) fn fingerprint(&self) -> String {
        let snapshot = self.snapshot.as_ref();
        let snapshot =
            snapshot.map(|s| format!("{} {} {} {}", s.current_date, s.age_days, s.source, s.pinned));
        format!("{snapshot:?} {:?}", self.reason)
    }
}

/// What became of the last refresh, if it failed, and how long ago that was.
fn failure(last: LastRefresh, now: DateTime<Utc>) -> Option<String> {
    let problem = last.problem?;
    let age = now - last.at;
    let ago = match (age.num_days(), age.num_hours()) {
        (0, 0) => "less than an hour ago".to_owned(),
        (0, 1) => "an hour ago".to_owned(),
        (0, hours) => format!("{hours} hours ago"),
        (1, _) => "a day ago".to_owned(),
        (days, _) => format!("{days} days ago"),
    };
    Some(format!("The last refresh of the network's data failed {ago}: {problem}"))
}

fn remedy(error: &StoreError) -> String {
    match error {
        StoreError::Empty => "No network data has been loaded; load it with PUT /admin/snapshot.".to_owned(),
        StoreError::Outside(error) => format!("The {} did not answer.", error.service),
        StoreError::Unreadable(_) => {
            "The stored network data cannot be read; restore an archived snapshot or import one.".to_owned()
        }
    }
}
