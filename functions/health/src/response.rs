use platform::Platform;
use serde::Serialize;
use snapshot_store::{Current, StoreError};

/// The reply.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct Health {
    /// `healthy`, or `degraded` where something needs the operator's attention.
    status: Status,
    /// Why it is degraded, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The product's version.
    version: &'static str,
    /// Where it runs: `cloudflare` or `spin`.
    platform: &'static str,
    /// The network data in use; null where there is none yet.
    snapshot: Option<SnapshotHealth>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
enum Status {
    Healthy,
    Degraded,
}

#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct SnapshotHealth {
    /// The newest day with data, `YYYY-MM-DD`.
    current_date: String,
    /// Days from then to today, UTC.
    age_days: i64,
    /// Where the data come from, such as `spacescope`, `import` or `bundled-demo`.
    source: String,
}

impl Health {
    pub(crate) fn of(platform: &Platform, found: Result<Current, StoreError>) -> Self {
        let today = platform.clock.now().date_naive();
        let (snapshot, reason) = match found {
            Ok(current) => {
                let snapshot = &current.snapshot;
                let shown = SnapshotHealth {
                    current_date: snapshot.current_date().to_string(),
                    age_days: snapshot.age_days(today),
                    source: snapshot.source().to_owned(),
                };
                (Some(shown), None)
            }
            Err(error) => (None, Some(remedy(&error))),
        };
        Self {
            status: if reason.is_none() { Status::Healthy } else { Status::Degraded },
            reason,
            version: env!("CARGO_PKG_VERSION"),
            platform: platform.name,
            snapshot,
        }
    }

    /// All that the reply depends on.
    pub(crate) fn fingerprint(&self) -> String {
        let snapshot = self.snapshot.as_ref();
        let snapshot = snapshot.map(|s| format!("{} {} {}", s.current_date, s.age_days, s.source));
        format!("{snapshot:?} {:?}", self.reason)
    }
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
