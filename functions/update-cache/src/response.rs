use refresh::{Report, Status};
use serde::Serialize;

/// What a refresh did.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Refreshed {
    /// `updated`, `unchanged` (the source says what it said before), `pinned` (the current snapshot stays, because the operator
    /// pinned it) or `in_progress` (more is to be fetched).
    status: &'static str,
    /// The same in a sentence or two, with the days by which the source is behind.
    message: String,
    /// The newest day with data, `YYYY-MM-DD`; null while there is none.
    current_date: Option<String>,
    /// Days by which the current date moved on; the days of the whole history where there was none before.
    days_added: i64,
    /// Requests that were sent to Spacescope.
    requests: u32,
}

impl From<Report> for Refreshed {
    fn from(report: Report) -> Self {
        Self {
            status: match report.status {
                Status::Updated => "updated",
                Status::Unchanged => "unchanged",
                Status::Pinned => "pinned",
                Status::InProgress => "in_progress",
            },
            message: report.message,
            current_date: report.current_date.map(|date| date.to_string()),
            days_added: report.days_added,
            requests: report.requests,
        }
    }
}
