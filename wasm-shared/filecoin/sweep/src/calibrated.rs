//! Bands that held nine of ten outcomes when they were tried on the past: the default forecast times errors of past forecasts.
//!
//! The percentiles of a bootstrap are no such bands: a year's ups and downs do not say how wrong the model is. Which bands
//! held, and by which factors, was found by the hindcast; `docs/accuracy.md` says how.

use chrono::{Days, NaiveDate};
use economy::{Series, Workspace};
use forecast::Question;
use network_data::BUNDLED_SOURCE;
use serde::Serialize;

use crate::{Plan, findings::Named, method::Method, plan::looked_at, shared::horizon};

/// What `scripts/accuracy` found: the first and the last day of the history that bands were judged on, then a line a series and
/// horizon.
const TABLE: &str = include_str!("../../../../data/bands.csv");

/// The calibrated bands of a sweep, or why there are none.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Calibrated {
    /// What the bands are, or why there are none.
    about: String,
    /// The history that they were judged on.
    judged_on: JudgedOn,
    /// For every series asked for, an entry a horizon that lies within the forecast.
    series: Named<Vec<Band>>,
}

#[derive(Clone, Debug, Serialize)]
struct JudgedOn {
    start_date: &'static str,
    end_date: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Band {
    horizon_days: usize,
    date: Option<NaiveDate>,
    claim: &'static str,
    /// The default forecast of that day, which the band is around.
    forecast: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_none: Option<String>,
    #[serde(flatten)]
    evidence: Option<Evidence>,
}

/// What a claim rests on.
#[derive(Clone, Debug, Serialize)]
struct Evidence {
    forecasts: u32,
    independent: u32,
    coverage: f64,
    coverage_interval: [f64; 2],
}

/// A line of the table.
struct Row {
    series: &'static str,
    horizon_days: usize,
    claim: &'static str,
    evidence: Option<Evidence>,
    factors: Option<[f64; 2]>,
}

impl Row {
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split(',');
        let (series, horizon_days) = (cells.next()?, cells.next()?.parse().ok()?);
        let claim = cells.next()?;
        let [forecasts, independent] = [(); 2].map(|()| cells.next().and_then(|cell| cell.parse().ok()));
        let [coverage, least, most, low, high] =
            [(); 5].map(|()| cells.next().and_then(|cell| cell.parse().ok()));
        let evidence = forecasts.zip(independent).zip(coverage).zip(least.zip(most));
        let evidence = evidence.map(|(((forecasts, independent), coverage), (least, most))| Evidence {
            forecasts,
            independent,
            coverage,
            coverage_interval: [least, most],
        });
        Some(Self {
            series,
            horizon_days,
            claim,
            evidence,
            factors: low.zip(high).map(|(low, high)| [low, high]),
        })
    }

    /// Why the table has no band here.
    fn why_none(&self) -> String {
        match &self.evidence {
            Some(held) if self.claim == "missed" => {
                format!(
                    "Of past outcomes, such bands held {:.0} %, and not 85 to 95 %.",
                    100.0 * held.coverage
                )
            }
            Some(held) => format!(
                "Too little history: only {} of the forecasts that were judged do not overlap in time.",
                held.independent
            ),
            None => "Too little history: no band could be judged yet.".to_owned(),
        }
    }
}

fn judged_on() -> JudgedOn {
    let days = TABLE.lines().next().and_then(|line| line.split_once(','));
    let (start_date, end_date) = days.unwrap_or_default();
    JudgedOn { start_date, end_date }
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().skip(1).filter_map(Row::read)
}

impl Calibrated {
    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        let judged_on = judged_on();
        let none = |about: String| Self { about, judged_on: judged_on.clone(), series: Named(Vec::new()) };
        if !matches!(plan.request.method, Method::Bootstrap { .. }) {
            return none(format!(
                "No calibrated bands: only forecasts that assume nothing were judged on the past, and the runs of {} assume \
                 what they were given. A bootstrap without assumptions has them.",
                plan.request.method.name()
            ));
        }
        let days = plan.base.forecast_days();
        let usual = Question::of_days(days).about(looked_at(plan.request).collect()).resolve(plan.snapshot);
        if !plan.base.assumes_the_same_as(&usual) {
            return none(
                "No calibrated bands: only forecasts that assume nothing were judged on the past. Leave out assumptions other \
                 than forecast_length_days."
                    .to_owned(),
            );
        }
        let mut workspace = Workspace::new(plan.snapshot.history());
        let Ok(forecast) = workspace.forecast(&plan.base.assumptions(&[])) else {
            return none("No calibrated bands: the model refused its input.".to_owned());
        };
        let history_days = plan.snapshot.historical_days();
        let bands = |series: Series| -> Vec<Band> {
            let name = series.alias_of().unwrap_or(series).name();
            let values = horizon(forecast.series(series), series, history_days, days);
            // The day of a horizon that the forecast ends before is none of its days.
            HORIZONS
                .iter()
                .filter(|horizon| **horizon < days)
                .map(|horizon| {
                    let row = rows().find(|row| row.series == name && row.horizon_days == *horizon);
                    let date = plan.snapshot.current_date().checked_add_days(Days::new(*horizon as u64));
                    let value = values.get(*horizon).copied().unwrap_or(f64::NAN);
                    Band::of(row, *horizon, date, value)
                })
                .collect()
        };
        let series = plan.series().iter().map(|series| (series.name(), bands(*series))).collect();
        let mut about = format!(
            "The forecast that assumes nothing, times what came over what was forecast in the past: nine of ten outcomes lay \
             between low and high where claim is kept. Judged on Filecoin's history from {} to {}.",
            judged_on.start_date, judged_on.end_date
        );
        if HORIZONS.iter().all(|horizon| *horizon >= days) {
            about.push_str(" This forecast ends before the first day ahead that bands were judged at, 30.");
        }
        if plan.snapshot.source() == BUNDLED_SOURCE {
            about.push_str(" The network here is the demonstration's: no band was judged on it.");
        }
        Self { about, judged_on, series: Named(series) }
    }
}

/// Days ahead that bands were judged at: those of the hindcast.
const HORIZONS: [usize; 5] = [30, 90, 180, 365, 730];

impl Band {
    fn of(row: Option<Row>, horizon_days: usize, date: Option<NaiveDate>, forecast: f64) -> Self {
        let none = |claim, why: String, evidence| Self {
            horizon_days,
            date,
            claim,
            forecast,
            low: None,
            high: None,
            why_none: Some(why),
            evidence,
        };
        let Some(row) = row else {
            return none("unjudged", "Bands of this series were not judged.".to_owned(), None);
        };
        match row.factors {
            Some([low, high]) if forecast > 0.0 => Self {
                horizon_days,
                date,
                claim: row.claim,
                forecast,
                low: Some(low * forecast),
                high: Some(high * forecast),
                why_none: None,
                evidence: row.evidence,
            },
            Some(_) => {
                none(row.claim, "The forecast of that day has no value above zero.".to_owned(), row.evidence)
            }
            None => none(row.claim, row.why_none(), row.evidence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let read: Vec<Row> = rows().collect();
        assert_eq!(read.len(), TABLE.lines().count() - 1);
        for row in &read {
            assert!(Series::from_name(row.series).is_some_and(|series| series.alias_of().is_none()));
            assert!(HORIZONS.contains(&row.horizon_days));
            assert_eq!(row.factors.is_some(), row.claim == "kept", "{} {}", row.series, row.horizon_days);
            assert_eq!(row.evidence.is_some(), !row_of(row).contains(",,,,"), "{}", row_of(row));
        }
        assert!(judged_on().start_date < judged_on().end_date);
    }

    fn row_of(row: &Row) -> &'static str {
        let start = format!("{},{},", row.series, row.horizon_days);
        TABLE.lines().find(|line| line.starts_with(&start)).unwrap()
    }

    #[test]
    fn a_claim_that_is_not_kept_has_a_reason_that_fits_it() {
        let reason = |claim: &str| {
            let row = rows().find(|row| row.claim == claim && row.evidence.is_some()).unwrap();
            Band::of(Some(row), 30, None, 1.0).why_none.unwrap()
        };
        assert!(reason("missed").starts_with("Of past outcomes"), "{}", reason("missed"));
        assert!(reason("unproven").starts_with("Too little history"), "{}", reason("unproven"));
    }

    #[test]
    fn a_forecast_without_a_value_has_no_band() {
        let kept = || rows().find(|row| row.claim == "kept");
        for forecast in [f64::NAN, 0.0, -1.0] {
            let band = Band::of(kept(), 30, None, forecast);
            assert!(band.low.is_none() && band.high.is_none() && band.why_none.is_some());
        }
        assert!(Band::of(kept(), 30, None, 2.0).low.is_some());
    }
}
