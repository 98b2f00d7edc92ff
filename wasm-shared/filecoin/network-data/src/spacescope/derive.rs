use chrono::{Days, NaiveDate};

use super::{EIB, HISTORY_START, PIB, ReplyError, SOURCE, Statistic, reply::next, tables::Tables};
use crate::{
    columns::{FILPLUS_RATE, RENEWAL_RATE},
    data::{FilplusRate, NETWORK_START, SnapshotData, WINDOW_DAYS},
};

/// Figures for a snapshot, not yet validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// The figures.
    pub data: SnapshotData,
    /// Days on which a rate had to be made plausible, for the log: what was done, and to which day.
    pub notes: Vec<String>,
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
    let last_scheduled = tables.last_day(Statistic::Expirations).unwrap_or(current);
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
