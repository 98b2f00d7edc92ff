use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::{
    EIB, HISTORY_START, PIB, ReplyError, SOURCE, Statistic,
    reply::{first_gap, next},
};
use crate::{
    columns::{FILPLUS_RATE, RENEWAL_RATE},
    data::{FilplusRate, NETWORK_START, SnapshotData, WINDOW_DAYS},
};

/// The daily rows of every statistic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables(BTreeMap<Statistic, BTreeMap<NaiveDate, Vec<f64>>>);

/// Figures for a snapshot, not yet validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// The figures.
    pub data: SnapshotData,
    /// Days on which a rate had to be made plausible, for the log: what was done, and to which day.
    pub notes: Vec<String>,
}

impl Tables {
    /// Takes in a day's row, in the place of one that was there.
    pub fn insert(&mut self, statistic: Statistic, day: NaiveDate, figures: Vec<f64>) {
        self.0.entry(statistic).or_default().insert(day, figures);
    }

    /// The newest day up to which the statistic has data without a gap, or `None` where its first day is missing.
    ///
    /// # Errors
    /// There is a hole: a day is missing before days that are there.
    pub fn newest(&self, statistic: Statistic) -> Result<Option<NaiveDate>, ReplyError> {
        let first = statistic.first_day();
        let mut days: Vec<NaiveDate> = self.rows(statistic).range(first..).map(|(day, _)| *day).collect();
        if statistic == Statistic::Expirations {
            // Nothing has to be scheduled for each day of the future.
            let gap = first_gap(first, &days);
            days.retain(|day| gap.is_none_or(|gap| *day < gap));
        } else if let Some(missing) = first_gap(first, &days) {
            return Err(
                ReplyError::new(statistic, "the day is missing before days that are there").on(missing)
            );
        }
        Ok(days.last().copied())
    }

    /// The newest day on which every statistic has data: the current date of the snapshot to come.
    ///
    /// # Errors
    /// A statistic has no data at all, or a hole.
    pub fn current_date(&self) -> Result<NaiveDate, ReplyError> {
        let mut current = NaiveDate::MAX;
        for statistic in Statistic::ALL {
            let newest = self.newest(statistic)?.ok_or_else(|| {
                ReplyError::new(statistic, "there is no data from this day on").on(statistic.first_day())
            })?;
            current = current.min(newest);
        }
        Ok(current)
    }

    fn rows(&self, statistic: Statistic) -> &BTreeMap<NaiveDate, Vec<f64>> {
        static NONE: BTreeMap<NaiveDate, Vec<f64>> = BTreeMap::new();
        self.0.get(&statistic).unwrap_or(&NONE)
    }

    /// The figures of a field by their days.
    fn column(&self, statistic: Statistic, field: &str) -> Column<'_> {
        // Every row has as many figures as there are fields; past their end there is none.
        let position = statistic.fields().iter().position(|known| *known == field);
        Column { rows: self.rows(statistic), position: position.unwrap_or(usize::MAX) }
    }
}

/// The figures of one field of one statistic.
#[derive(Clone, Copy)]
struct Column<'a> {
    rows: &'a BTreeMap<NaiveDate, Vec<f64>>,
    position: usize,
}

impl Column<'_> {
    /// A figure of a day; zero where there is none, which [`Tables::current_date`] rules out for days of the past.
    fn on(self, day: NaiveDate) -> f64 {
        self.rows.get(&day).and_then(|row| row.get(self.position)).copied().unwrap_or(0.0)
    }
}

/// Derives a snapshot's figures from daily rows, up to the newest day that every statistic has.
///
/// Two rates have a denominator that can be small or nothing. Where it is nothing, the rate of the day before holds on
/// (there was nothing to renew, or nothing that could carry deals, so the day says nothing); where the rate exceeds
/// what a snapshot takes (1.5 for renewals, 5 for FIL+), it is that limit. The medians that forecasts start from do not
/// notice either, and the day's renewed power stands as it is.
///
/// # Errors
/// A statistic has no data, or a hole: with path and day.
pub fn derive(tables: &Tables) -> Result<Derived, ReplyError> {
    let (start, current) = (HISTORY_START, tables.current_date()?);
    if current < start {
        let detail = format!("the data end on {current}, before the histories start on {start}");
        return Err(ReplyError::new(Statistic::Power, detail).on(current));
    }
    let history = || start.iter_days().take_while(|day| *day <= current);
    let series = |statistic: Statistic, field: &str, unit: f64| -> Vec<f64> {
        let column = tables.column(statistic, field);
        history().map(|day| column.on(day) / unit).collect()
    };
    let onboarded = |small: &str, large: &str| {
        let [small, large] = [small, large].map(|size| tables.column(Statistic::Onboarding, size));
        move |day: NaiveDate| (small.on(day) + large.on(day)) / PIB
    };
    let onboarded_raw = onboarded("commit_rbp_32gib", "commit_rbp_64gib");
    let onboarded_adjusted = onboarded("commit_qap_32gib", "commit_qap_64gib");
    // Terminated sectors are still in the schedule of the day for which they were scheduled.
    let expiring = |scheduled: &str, terminated: &str| {
        let [scheduled, terminated] =
            [scheduled, terminated].map(|what| tables.column(Statistic::Expirations, what));
        move |day: NaiveDate| (scheduled.on(day) - terminated.on(day)).max(0.0)
    };
    let expiring_raw = expiring("schedule_expire_bytes", "terminated_bytes");
    let expiring_adjusted = expiring("schedule_expire_bytes_qap", "terminated_bytes_qap");
    let expiring_pledge = expiring("schedule_expire_pledge", "terminated_pledge");
    let last_scheduled = tables.rows(Statistic::Expirations).keys().next_back().copied().unwrap_or(current);
    let scheduled = |first: NaiveDate, expiring: &dyn Fn(NaiveDate) -> f64, unit: f64| -> Vec<f64> {
        let days = first.iter_days().take_while(|day| *day <= last_scheduled);
        days.map(|day| expiring(day) / unit).collect()
    };
    let [power, baseline] =
        ["total_raw_bytes_power", "baseline_power"].map(|field| tables.column(Statistic::Power, field));
    let capped_power = |day: NaiveDate| (baseline.on(day) / EIB).min(power.on(day) / EIB);

    let mut notes = Vec::new();
    let extended = tables.column(Statistic::Expirations, "extended_bytes");
    let renewals =
        history().take_while(|day| *day < current).map(|day| (day, extended.on(day), expiring_raw(day)));
    let renewal_rate = rates("renewal rate", RENEWAL_RATE.max, renewals, &mut notes);
    let window = (current - Days::new(WINDOW_DAYS as u64)).max(start);
    let [regular, verified] = ["daily_activated_regular_deal_size", "daily_activated_verified_deal_size"]
        .map(|field| tables.column(Statistic::Deals, field));
    let deals = window
        .iter_days()
        .take_while(|day| *day <= current)
        .map(|day| (day, regular.on(day) + verified.on(day), PIB * onboarded_raw(day)));
    let filplus_rate = rates("FIL+ rate", FILPLUS_RATE.max, deals, &mut notes);

    let supply = |field: &str| series(Statistic::Supply, field, 1.0);
    let at_start = |field: &str| tables.column(Statistic::Supply, field).on(start);
    let data = SnapshotData {
        source: SOURCE.to_owned(),
        start_date: start,
        current_date: current,
        historical_raw_power_eib: series(Statistic::Power, "total_raw_bytes_power", EIB),
        historical_qa_power_eib: series(Statistic::Power, "total_qa_bytes_power", EIB),
        historical_onboarded_rb_power_pib: history().map(&onboarded_raw).collect(),
        historical_onboarded_qa_power_pib: history().map(&onboarded_adjusted).collect(),
        historical_renewed_qa_power_pib: series(Statistic::Expirations, "extended_bytes_qap", PIB),
        historical_renewed_rb_power_pib: series(Statistic::Expirations, "extended_bytes", PIB),
        rb_known_scheduled_expire_vec: scheduled(current, &expiring_raw, PIB),
        qa_known_scheduled_expire_vec: scheduled(current, &expiring_adjusted, PIB),
        known_scheduled_pledge_release_full_vec: scheduled(start, &expiring_pledge, 1.0),
        burnt_fil_vec: supply("burnt_fil"),
        historical_renewal_rate: renewal_rate,
        circ_supply_vec: Some(supply("circulating_fil")),
        locked_fil_vec: Some(supply("locked_fil")),
        mined_fil_vec: Some(supply("mined_fil")),
        vested_fil_vec: Some(supply("vested_fil")),
        filplus_rate: FilplusRate::Daily(filplus_rate),
        start_vested_amt: at_start("vested_fil").trunc(),
        zero_cum_capped_power_eib: NETWORK_START
            .iter_days()
            .take_while(|day| *day < next(start))
            .map(capped_power)
            .sum(),
        init_baseline_eib: baseline.on(start) / EIB,
        circ_supply_zero: at_start("circulating_fil"),
        locked_fil_zero: at_start("locked_fil"),
    };
    Ok(Derived { data, notes })
}

fn rates(
    name: &str,
    limit: f64,
    days: impl Iterator<Item = (NaiveDate, f64, f64)>,
    notes: &mut Vec<String>,
) -> Vec<f64> {
    let mut before = 0.0;
    days.map(|(day, part, whole)| {
        before = if whole <= 0.0 {
            notes.push(format!("{name} of {day}: nothing to divide by, so that of the day before holds on"));
            before
        } else if part / whole > limit {
            notes.push(format!("{name} of {day}: {} is cut to {limit}", part / whole));
            limit
        } else {
            part / whole
        };
        before
    })
    .collect()
}
