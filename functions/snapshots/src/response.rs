use chrono::NaiveDate;
use serde::Serialize;
use snapshot_store::Current;

/// What became current.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Published {
    /// `imported` or `restored`.
    status: &'static str,
    /// The same in a sentence.
    message: String,
    /// The newest day with data, `YYYY-MM-DD`.
    current_date: String,
    /// The first day with data.
    start_date: String,
    /// Where the data come from.
    source: String,
    /// The snapshot's name; it changes with every figure.
    id: String,
    /// Whether it stays current until it is released, whatever refreshes fetch.
    pinned: bool,
}

impl Published {
    pub(crate) fn of(status: &'static str, current: &Current) -> Self {
        let snapshot = &current.snapshot;
        let (start_date, current_date) =
            (snapshot.start_date().to_string(), snapshot.current_date().to_string());
        Self {
            status,
            message: format!(
                "The snapshot of {current_date} is now current{}. Other instances notice it within a minute.",
                if current.pinned { ", and pinned until DELETE /admin/snapshots/pin" } else { "" }
            ),
            current_date,
            start_date,
            source: snapshot.source().to_owned(),
            id: current.id.to_string(),
            pinned: current.pinned,
        }
    }
}

/// What the archive holds.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Archived {
    /// Dates, newest first.
    pub(crate) snapshots: Vec<String>,
}

impl Archived {
    pub(crate) fn of(dates: &[NaiveDate]) -> Self {
        Self { snapshots: dates.iter().map(NaiveDate::to_string).collect() }
    }
}

/// That no snapshot is pinned any more.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Released {
    /// `released`, or `not_pinned` where there was nothing to release.
    status: &'static str,
    /// The same in a sentence.
    message: &'static str,
}

impl Released {
    pub(crate) const fn of(was_pinned: bool) -> Self {
        if was_pinned {
            let message = "The current snapshot is released. The next refresh may replace it.";
            Self { status: "released", message }
        } else {
            Self { status: "not_pinned", message: "No snapshot was pinned." }
        }
    }
}
