//! The generator of the bundled demonstration network: smooth daily curves through the monthly figures in `data/`.
//!
//! What the figures are and where they come from is said beside them, in `data/README.md`.

mod curve;
mod table;

use chrono::{Datelike, Days, NaiveDate};
use table::Table;

use crate::{
    data::{BUNDLED_SOURCE, FilplusRate, SnapshotData, WINDOW_DAYS},
    snapshot::Snapshot,
    validation::Refused,
};

const MONTHS: &str = include_str!("../../../../data/demo-network.csv");
const START: &str = include_str!("../../../../data/demo-network-start.csv");

/// Why the tables give no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemoError {
    /// A table cannot be read.
    #[error("{file}: {detail}")]
    Table {
        /// The file in `data/`.
        file: &'static str,
        /// The line or column, and what is wrong.
        detail: String,
    },
    /// The tables read well, but what they give is no plausible network.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// The bundled demonstration network; the same at every call.
///
/// # Errors
///
/// A mistake in the tables that were compiled in.
pub fn snapshot() -> Result<Snapshot, DemoError> {
    let start = Table::read("demo-network-start.csv", START)?;
    let months = Table::read("demo-network.csv", MONTHS)?;
    Ok(Snapshot::new(figures(&start, &months)?)?)
}

fn figures(start: &Table, months: &Table) -> Result<SnapshotData, DemoError> {
    let (start_date, current_date) =
        (start.date("start_date", "value")?, start.date("current_date", "value")?);
    let million_fil = |name| start.number(name, "value").map(|value| 1e6 * value);
    let historical_days = (current_date - start_date).num_days() as usize;

    let level = |column: &str| -> Result<Vec<f64>, DemoError> {
        Ok(months.curve(column, first_of_month)?.daily(start_date, historical_days + 1))
    };
    let flow = |column: &str, first: NaiveDate, days: usize| -> Result<Vec<f64>, DemoError> {
        Ok(months.curve(column, middle_of_month)?.daily(first, days))
    };
    let thousand_fil = |column: &str, days: usize| -> Result<Vec<f64>, DemoError> {
        Ok(flow(column, start_date, days)?.into_iter().map(|value| 1e3 * value).collect())
    };
    let history = |column: &str| flow(column, start_date, historical_days + 1);

    let last_day = months.last_month()? + Days::new(27);
    let ahead = (last_day - current_date).num_days() as usize + 1;
    let window = historical_days.min(WINDOW_DAYS);
    let burnt = thousand_fil("burnt_thousand_fil", historical_days)?;

    Ok(SnapshotData {
        source: BUNDLED_SOURCE.to_owned(),
        start_date,
        current_date,
        historical_raw_power_eib: level("raw_power_eib")?,
        historical_qa_power_eib: level("qa_power_eib")?,
        historical_onboarded_rb_power_pib: history("onboarded_raw_pib")?,
        historical_onboarded_qa_power_pib: history("onboarded_qa_pib")?,
        historical_renewed_qa_power_pib: history("renewed_qa_pib")?,
        historical_renewed_rb_power_pib: history("renewed_raw_pib")?,
        rb_known_scheduled_expire_vec: flow("expiring_raw_pib", current_date, ahead)?,
        qa_known_scheduled_expire_vec: flow("expiring_qa_pib", current_date, ahead)?,
        known_scheduled_pledge_release_full_vec: thousand_fil(
            "pledge_release_thousand_fil",
            historical_days + ahead,
        )?,
        burnt_fil_vec: running_total(million_fil("burnt_million_fil")?, &burnt),
        historical_renewal_rate: flow("renewal_rate", start_date, historical_days)?,
        // The table has no supply but that of the first day.
        circ_supply_vec: None,
        locked_fil_vec: None,
        mined_fil_vec: None,
        vested_fil_vec: None,
        filplus_rate: FilplusRate::Daily(flow(
            "filplus_rate",
            current_date - Days::new(window as u64),
            window + 1,
        )?),
        start_vested_amt: million_fil("vested_million_fil")?,
        zero_cum_capped_power_eib: start.number("cumulative_capped_power_eib_days", "value")?,
        init_baseline_eib: start.number("baseline_eib", "value")?,
        circ_supply_zero: million_fil("circulating_million_fil")?,
        locked_fil_zero: million_fil("locked_million_fil")?,
    })
}

/// The total before the first day, and after each of them.
fn running_total(first: f64, daily: &[f64]) -> Vec<f64> {
    let after = daily.iter().scan(first, |total, amount| {
        *total += amount;
        Some(*total)
    });
    std::iter::once(first).chain(after).collect()
}

/// Where on the calendar, in days, the level of a month belongs.
fn first_of_month(month: NaiveDate) -> f64 {
    f64::from(month.num_days_from_ce())
}

/// Where on the calendar, in days, the mean of a month belongs.
fn middle_of_month(month: NaiveDate) -> f64 {
    let days = f64::from(month.num_days_in_month());
    first_of_month(month) + (days - 1.0) / 2.0
}
