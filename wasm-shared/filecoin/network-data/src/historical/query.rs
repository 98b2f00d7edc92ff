use chrono::NaiveDate;
use suggest::Unknown;

use super::{Field, fields};
use crate::calendar::Resolution;

/// Names in every reply that are no fields one may choose.
const ALWAYS: [&str; 15] = [
    "source",
    "current_date",
    "resolution",
    "data_start_date",
    "data_end_date",
    "hist_window_start_date",
    "hist_window_end_date",
    "forecast_start_date",
    "timestep_days",
    "n_entries",
    "hist_window_n_entries",
    "hist_window_days",
    "dates",
    "field_meta",
    "data",
];

/// In place of names: every field, as leaving the list out means.
pub const ALL_FIELDS: &str = "all";

/// Unknown names told at once: each is likened to all known ones, and a hostile query has thousands.
const MOST_TOLD: usize = 20;

/// What a caller writes to ask `/historical-data`, after percent-decoding; what is not there is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueryText<'a> {
    /// Names with commas between them, or `all`.
    pub fields: Option<&'a str>,
    /// `daily`, `weekly` or `monthly`.
    pub resolution: Option<&'a str>,
    /// The first day that series are returned for, `YYYY-MM-DD`.
    pub start_date: Option<&'a str>,
    /// The last day that series are returned for.
    pub end_date: Option<&'a str>,
}

/// What is asked of `/historical-data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoricalQuery {
    /// The fields to return, each once; `None` is all that the snapshot has.
    pub fields: Option<Vec<Field>>,
    /// How densely to return series.
    pub resolution: Resolution,
    /// No day of a series before this one is returned.
    pub start_date: Option<NaiveDate>,
    /// No day of a series after this one is returned.
    pub end_date: Option<NaiveDate>,
}

impl Default for HistoricalQuery {
    /// All fields, weekly: what the path answers without a query.
    fn default() -> Self {
        Self { fields: None, resolution: Resolution::Weekly, start_date: None, end_date: None }
    }
}

impl HistoricalQuery {
    /// Reads what a caller wrote.
    ///
    /// # Errors
    ///
    /// Every value that is not possible; of the names of fields up to 20, with the nearest known ones.
    pub fn parse(text: QueryText<'_>) -> Result<Self, QueryRefused> {
        let QueryText { fields, resolution, start_date, end_date } = text;
        let mut query = Self::default();
        let mut problems = Vec::new();
        if let Some(names) = fields.filter(|names| names.trim() != ALL_FIELDS) {
            query.fields = Some(parse_fields(names, &mut problems));
        }
        match resolution.map(str::parse) {
            Some(Ok(resolution)) => query.resolution = resolution,
            Some(Err(unknown)) => problems.push(QueryProblem {
                parameter: "resolution",
                detail: format!("{unknown}; it is daily, weekly or monthly"),
            }),
            None => {}
        }
        query.start_date = parse_date("start_date", start_date, &mut problems);
        query.end_date = parse_date("end_date", end_date, &mut problems);
        if let (Some(first), Some(last)) = (query.start_date, query.end_date)
            && first > last
        {
            let detail = format!("is {first}, after end_date, {last}");
            problems.push(QueryProblem { parameter: "start_date", detail });
        }
        if problems.is_empty() { Ok(query) } else { Err(QueryRefused(problems)) }
    }

    /// The fields that this query asks for by name, or all.
    pub fn selected(&self) -> impl Iterator<Item = Field> + '_ {
        let all = self.fields.is_none().then(fields).into_iter().flatten();
        self.fields.iter().flatten().copied().chain(all)
    }
}

fn parse_date(
    parameter: &'static str,
    text: Option<&str>,
    problems: &mut Vec<QueryProblem>,
) -> Option<NaiveDate> {
    let text = text?.trim();
    // Ten characters: chrono also reads years of six digits.
    let date = text.parse().ok().filter(|_| text.len() == 10);
    if date.is_none() {
        let shown: String = text.chars().take(40).collect();
        let detail = format!("{shown:?} is no date; it is written YYYY-MM-DD, as in 2025-01-31");
        problems.push(QueryProblem { parameter, detail });
    }
    date
}

fn parse_fields(names: &str, problems: &mut Vec<QueryProblem>) -> Vec<Field> {
    let mut chosen = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match Field::named(name) {
            Some(field) if chosen.contains(&field) => {}
            Some(field) => chosen.push(field),
            None if problems.len() >= MOST_TOLD => break,
            None => {
                let detail = if ALWAYS.contains(&name) {
                    format!("{name:?} is part of every reply; leave it out of the list")
                } else {
                    Unknown::new(name, fields().map(Field::name)).to_string()
                };
                let problem = QueryProblem { parameter: "fields", detail };
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
    }
    if chosen.is_empty() && problems.is_empty() {
        let detail = "names no field; leave the parameter out for all of them".to_owned();
        problems.push(QueryProblem { parameter: "fields", detail });
    }
    chosen
}

/// One query parameter with a value that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryProblem {
    /// The parameter.
    pub parameter: &'static str,
    /// What is wrong and what to do about it.
    pub detail: String,
}

/// A query was refused: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryRefused(Vec<QueryProblem>);

impl QueryRefused {
    /// The problems, in the order of the query; at least one.
    #[must_use]
    pub fn problems(&self) -> &[QueryProblem] {
        &self.0
    }
}

impl std::fmt::Display for QueryRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (nth, QueryProblem { parameter, detail }) in self.0.iter().enumerate() {
            write!(f, "{}{parameter}: {detail}", if nth == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for QueryRefused {}
