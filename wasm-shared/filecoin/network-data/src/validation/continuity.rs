use chrono::Days;

use super::{Finding, Findings, Refused};
use crate::{
    columns::{COLUMNS, Column, Span},
    data::SnapshotData,
};

/// Days before the end of the earlier snapshot whose figures a source may still revise at will.
const UNSETTLED_DAYS: u32 = 14;

/// How far a settled level (power, supply) may differ between two snapshots, relatively.
const LEVELS_AGREE: f64 = 0.01;

/// How far the sum of a settled flow may differ between two snapshots, relatively.
const FLOWS_AGREE: f64 = 0.05;

/// Largest change of circulating or locked FIL from one day to the next, as a factor; 1.01 was seen from 2022 to 2025.
const LARGEST_DAILY_CHANGE: f64 = 1.1;

/// Largest change of what is scheduled to expire in all, as a factor.
const LARGEST_CHANGE_OF_SCHEDULE: f64 = 3.0;

/// Whether a snapshot can follow another: it does not end earlier, and it does not say something else of days that both
/// have and that were settled.
///
/// # Errors
/// Every jump that cannot be real, with field and day.
pub fn continuity(old: &SnapshotData, new: &SnapshotData) -> Result<(), Refused> {
    let mut findings = Findings::default();
    if new.current_date < old.current_date {
        let detail = format!("is before {}, where the present snapshot ends", old.current_date);
        findings.add(Finding::on("/current_date", new.current_date, detail));
        return findings.into_result();
    }
    for column in COLUMNS.iter().filter(|column| matches!(column.span, Span::Through | Span::Before)) {
        settled_days_agree(column, old, new, &mut findings);
    }
    daily_change(old, new, &mut findings);
    if old.start_date == new.start_date {
        let totals = [
            ("zero_cum_capped_power_eib", old.zero_cum_capped_power_eib, new.zero_cum_capped_power_eib),
            ("init_baseline_eib", old.init_baseline_eib, new.init_baseline_eib),
        ];
        for (name, old_value, new_value) in totals {
            if differs(old_value, new_value) > LEVELS_AGREE {
                let detail =
                    format!("is {new_value} where the present snapshot has {old_value} for the same day");
                findings.add(Finding::on(format!("/offline_data/{name}"), new.start_date, detail));
            }
        }
    }
    let scheduled = |data: &SnapshotData| data.rb_known_scheduled_expire_vec.iter().sum::<f64>();
    let (was, is) = (scheduled(old), scheduled(new));
    let days = (new.current_date - old.current_date).num_days();
    let factor = is / was;
    let range = LARGEST_CHANGE_OF_SCHEDULE.recip()..=LARGEST_CHANGE_OF_SCHEDULE;
    if was > 0.0 && days <= i64::from(UNSETTLED_DAYS) && !range.contains(&factor) {
        let detail =
            format!("sums to {is} PiB, {factor} times what the present snapshot has, {days} days earlier");
        findings.add(Finding::new("/offline_data/rb_known_scheduled_expire_vec", detail));
    }
    findings.into_result()
}

/// Levels agree day by day, flows in sum, over the days that both snapshots have and that were settled.
fn settled_days_agree(column: &Column, old: &SnapshotData, new: &SnapshotData, findings: &mut Findings) {
    let (Some(old_values), Some(new_values)) = ((column.get)(old), (column.get)(new)) else { return };
    let start = old.start_date.max(new.start_date);
    let skip = |data: &SnapshotData| usize::try_from((start - data.start_date).num_days()).unwrap_or(0);
    let settled = old_values.len().saturating_sub(UNSETTLED_DAYS as usize);
    let pairs = || {
        let old_days = old_values.iter().take(settled).skip(skip(old));
        old_days.zip(new_values.iter().skip(skip(new))).enumerate()
    };
    if is_level(column.name) {
        let wrong = pairs().find(|(_, (was, is))| differs(**was, **is) > LEVELS_AGREE);
        if let Some((index, (was, is))) = wrong {
            let day = start + Days::new(index as u64);
            let detail =
                format!("is {is} where the present snapshot has {was} for the same day, long settled");
            findings.add(Finding::on(column.pointer(), day, detail));
        }
    } else {
        let (was, is) = pairs().fold((0.0, 0.0), |(was, is), (_, (old, new))| (was + old, is + new));
        if differs(was, is) > FLOWS_AGREE {
            let detail =
                format!("sums to {is} where the present snapshot has {was} for the same days, long settled");
            findings.add(Finding::new(column.pointer(), detail));
        }
    }
}

/// Power and amounts of FIL are levels; onboarding, renewals and their rate are flows.
fn is_level(name: &str) -> bool {
    matches!(name, "historical_raw_power_eib" | "historical_qa_power_eib")
        || name.ends_with("_fil_vec")
        || name == "circ_supply_vec"
}

/// Circulating and locked FIL from the last settled day on.
fn daily_change(old: &SnapshotData, new: &SnapshotData, findings: &mut Findings) {
    let settled = old.current_date - Days::new(u64::from(UNSETTLED_DAYS));
    let from = usize::try_from((settled - new.start_date).num_days()).unwrap_or(0);
    for column in COLUMNS.iter().filter(|column| matches!(column.name, "circ_supply_vec" | "locked_fil_vec"))
    {
        let Some(values) = (column.get)(new) else { continue };
        let jump = values.windows(2).enumerate().skip(from).find(|(_, pair)| {
            let factor = pair[1] / pair[0];
            pair[0] > 0.0 && !(LARGEST_DAILY_CHANGE.recip()..=LARGEST_DAILY_CHANGE).contains(&factor)
        });
        if let Some((index, [was, is])) = jump.map(|(index, pair)| (index, [pair[0], pair[1]])) {
            let day = new.start_date + Days::new(index as u64 + 1);
            let detail = format!("goes from {was} to {is} in a day");
            findings.add(Finding::on(column.pointer(), day, detail));
        }
    }
}

fn differs(was: f64, is: f64) -> f64 {
    (is - was).abs() / was.abs().max(f64::MIN_POSITIVE)
}
