use chrono::NaiveDate;
use serde::Serialize;
use snapshot_store::Current;

/// What became current.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
}

impl Published {
    pub(crate) fn of(status: &'static str, current: &Current) -> Self {
        let snapshot = &current.snapshot;
        let (start_date, current_date) =
            (snapshot.start_date().to_string(), snapshot.current_date().to_string());
        Self {
            status,
            message: format!(
                "The snapshot of {current_date} is now current. Other instances notice it within a minute."
            ),
            current_date,
            start_date,
            source: snapshot.source().to_owned(),
            id: current.id.to_string(),
        }
    }
}

/// What the archive holds.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct Archived {
    /// Dates, newest first.
    pub(crate) snapshots: Vec<String>,
}

impl Archived {
    pub(crate) fn of(dates: &[NaiveDate]) -> Self {
        Self { snapshots: dates.iter().map(NaiveDate::to_string).collect() }
    }
}
