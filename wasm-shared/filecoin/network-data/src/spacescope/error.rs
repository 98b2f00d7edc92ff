use std::fmt;

use chrono::NaiveDate;

use super::Statistic;

/// Why a reply, or the rows of one statistic, cannot be used: where, which day, which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyError {
    /// The path that was asked.
    pub path: &'static str,
    /// The day, where it is about one.
    pub day: Option<NaiveDate>,
    /// The field, where it is about one.
    pub field: Option<String>,
    /// What is wrong with it.
    pub detail: String,
    /// Whether the reply just ends too early, so that asking again may help.
    pub cut: bool,
}

impl ReplyError {
    pub(super) fn new(statistic: Statistic, detail: impl Into<String>) -> Self {
        Self { path: statistic.path(), day: None, field: None, detail: detail.into(), cut: false }
    }

    pub(super) fn on(self, day: NaiveDate) -> Self {
        Self { day: Some(day), ..self }
    }

    pub(super) fn field(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)?;
        if let Some(day) = self.day {
            write!(f, ", {day}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", field {field}")?;
        }
        write!(f, ": {}", self.detail)
    }
}

impl std::error::Error for ReplyError {}
