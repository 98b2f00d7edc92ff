use economy::{constants::PIB_PER_EIB, defaults::SMOOTHING_DAYS, median as median_of, smoothed};

use super::{Finding, Findings, Refused, shape::day_from_end};
use crate::{
    columns::{COLUMNS, Column, FILPLUS_RATE, MOST_FIL, START_VALUES, Unit},
    data::{FilplusRate, NETWORK_START, SnapshotData},
};

/// Sectors without deals count once, with FIL+ deals ten times (FIP-0003): quality-adjusted over raw power.
const QUALITY: std::ops::RangeInclusive<f64> = 0.99..=10.1;

/// A median renewal or FIL+ rate above this is no fraction: single days reach 1.02, the median of thirty stays below 1.
const LARGEST_MEDIAN_RATE: f64 = 1.25;

/// Largest change of power from one day to the next, as a factor: 1.07 was seen from 2022 to 2025. A day that is missing,
/// counted twice or in another unit changes more.
const LARGEST_DAILY_CHANGE: f64 = 1.5;

/// FIL burnt on one day: 0.12 million was the most from 2022 to 2025.
const MOST_BURNT_A_DAY: f64 = 5e6;

/// What the baseline that Spacescope reports for 2022-10-10, 10.96 EiB, comes to at genesis when it is halved for each year
/// of 365 days. (The genesis value that the model reckons network time from is smaller; see `economy::constants`.)
const GENESIS_BASELINE_EIB: f64 = 2.77;

/// How far the baseline at the start date may be from that law: a factor, so that a mistake of 1,024 is none too small.
const BASELINE_FACTOR: f64 = 3.0;

/// FIL figures at the start date are tens or hundreds of millions; a million catches those given in millions of FIL.
const FEWEST_FIL: f64 = 1e6;

/// Two figures of one statistic on one day, given twice, agree to this relative difference.
const SAME: f64 = 1e-6;

/// Signs, magnitudes and relations; demands a right shape.
pub(crate) fn plausibility(data: &SnapshotData) -> Result<(), Refused> {
    let mut findings = Findings::default();
    ranges(data, &mut findings);
    power(data, &mut findings);
    flows(data, &mut findings);
    rates(data, &mut findings);
    never_falling(data, &mut findings);
    start_values(data, &mut findings);
    series_meet_start_values(data, &mut findings);
    findings.into_result()
}

/// Every figure between zero and the largest plausible one of its unit.
fn ranges(data: &SnapshotData, findings: &mut Findings) {
    let out_of_range = |unit: Unit| {
        move |index: usize, values: &[f64]| {
            let value = values[index];
            if value < 0.0 {
                Some(format!("is {value}, below zero; correct that day"))
            } else if value > unit.max {
                Some(format!("is {value}, above {}: the unit is {}", unit.max, unit.name))
            } else {
                None
            }
        }
    };
    for column in &COLUMNS {
        if let Some(values) = (column.get)(data) {
            let day = |index| column.span.day(data, index);
            findings.first_wrong(&column.pointer(), values, day, out_of_range(column.unit));
        }
    }
    if let FilplusRate::Daily(rates) = &data.filplus_rate {
        let day = |index| day_from_end(data, rates, index);
        findings.first_wrong("/historical_arrays/filplus_rate", rates, day, out_of_range(FILPLUS_RATE));
    }
}

/// Power is never zero, never leaps, and quality-adjusted power is one to ten times raw power.
fn power(data: &SnapshotData, findings: &mut Findings) {
    for column in COLUMNS.iter().filter(|column| column.name.ends_with("_power_eib")) {
        let Some(values) = (column.get)(data) else { continue };
        findings.first_wrong(&column.pointer(), values, |index| column.span.day(data, index), |index, values| {
            let value = values[index];
            if value <= 0.0 {
                return Some("is zero: the network has had power since its first day; fill the day in".to_owned());
            }
            let before = *values.get(index.checked_sub(1)?)?;
            let factor = if value > before { value / before } else { before / value };
            // An infinite factor follows a zero, which is reported itself.
            (factor > LARGEST_DAILY_CHANGE && factor.is_finite()).then(|| {
                format!("is {value} after {before} the day before, which no network does in a day; check both days and their unit")
            })
        });
    }
    let raw = &data.historical_raw_power_eib;
    let Some((column, qa)) = named(data, "historical_qa_power_eib") else { return };
    findings.first_wrong(
        &column.pointer(),
        qa,
        |index| column.span.day(data, index),
        |index, qa| {
            let quality = qa[index] / raw[index];
            (raw[index] > 0.0 && !QUALITY.contains(&quality)).then(|| {
                format!(
                    "is {quality} times the raw power of {} EiB, where 1 to 10 is possible; \
                 check that raw and quality-adjusted figures are not swapped or in different units",
                    raw[index]
                )
            })
        },
    );
}

/// Flows in proportion to the power they flow from, and quality-adjusted ones in proportion to raw ones.
fn flows(data: &SnapshotData, findings: &mut Findings) {
    let raw_power = PIB_PER_EIB * median(&data.historical_raw_power_eib);
    let qa_power = PIB_PER_EIB * median(&data.historical_qa_power_eib);
    // Shares of the power a day, from median to median. Onboarding was 5e-4 of raw power a day from 2022 to 2025, renewals
    // 4e-3; a factor of 1,024 (EiB given as PiB) leaves the range at the lower end, one of 1/1,024 at the upper.
    let daily = [
        ("historical_onboarded_rb_power_pib", raw_power, 1e-5, 0.1),
        ("historical_onboarded_qa_power_pib", qa_power, 1e-5, 0.1),
        ("historical_renewed_rb_power_pib", raw_power, 5e-5, 0.5),
        ("historical_renewed_qa_power_pib", qa_power, 5e-5, 0.5),
    ];
    for (name, power, least, most) in daily {
        let Some((column, values)) = named(data, name) else { continue };
        let typical = median(values);
        let share = typical / power;
        // Zeros throughout are an assumption one may make; they are no mistake of unit.
        if values.iter().any(|&value| value > 0.0) && !(least..=most).contains(&share) {
            let detail = format!(
                "has a median of {typical}, {share:e} of the power of {power} PiB a day, where {least:e} to {most} is plausible; \
                 the unit is {}",
                column.unit.name
            );
            findings.add(Finding::new(column.pointer(), detail));
        }
    }
    // What expires in all is about the power there is (1.16 times it in 2025), as sectors last at most five years.
    let totals = [
        ("rb_known_scheduled_expire_vec", data.historical_raw_power_eib.last()),
        ("qa_known_scheduled_expire_vec", data.historical_qa_power_eib.last()),
    ];
    for (name, power) in totals {
        let (Some((column, values)), Some(power)) = (named(data, name), power) else { continue };
        let total: f64 = values.iter().sum();
        let share = total / (PIB_PER_EIB * power);
        if total > 0.0 && !(0.01..=10.0).contains(&share) {
            let detail = format!(
                "sums to {total} PiB, {share:e} of the power at the current date, where 0.01 to 10 is plausible; the unit is {}",
                column.unit.name
            );
            findings.add(Finding::new(column.pointer(), detail));
        }
    }
    let pairs = [
        ("historical_onboarded_rb_power_pib", "historical_onboarded_qa_power_pib"),
        ("historical_renewed_rb_power_pib", "historical_renewed_qa_power_pib"),
        ("rb_known_scheduled_expire_vec", "qa_known_scheduled_expire_vec"),
    ];
    for (raw, qa) in pairs {
        let (Some((_, raw_values)), Some((qa_column, qa_values))) = (named(data, raw), named(data, qa))
        else {
            continue;
        };
        let quality = qa_values.iter().sum::<f64>() / raw_values.iter().sum::<f64>();
        if quality.is_nan() || QUALITY.contains(&quality) {
            continue;
        }
        let detail = format!(
            "sums to {quality} times what {raw} sums to, where 1 to 10 is possible; \
             check that raw and quality-adjusted figures are not swapped or in different units"
        );
        findings.add(Finding::new(qa_column.pointer(), detail));
    }
}

/// Medians that are to be defaults of a forecast are fractions.
fn rates(data: &SnapshotData, findings: &mut Findings) {
    let renewal = &data.historical_renewal_rate;
    let medians = [
        ("/offline_data/historical_renewal_rate", smoothed(renewal).unwrap_or(f64::NAN)),
        match &data.filplus_rate {
            FilplusRate::Daily(rates) => {
                ("/historical_arrays/filplus_rate", smoothed(rates).unwrap_or(f64::NAN))
            }
            FilplusRate::Median(rate) => ("/smoothed_metrics/filplus_rate", *rate),
        },
    ];
    for (pointer, rate) in medians {
        if !(0.0..=LARGEST_MEDIAN_RATE).contains(&rate) {
            let detail = format!(
                "has a median of {rate} over its last {SMOOTHING_DAYS} days; a rate is a fraction of 1, not per cent"
            );
            findings.add(Finding::new(pointer, detail));
        }
    }
}

/// Cumulative columns never fall; burnt FIL does not leap either.
fn never_falling(data: &SnapshotData, findings: &mut Findings) {
    let cumulative = [
        ("burnt_fil_vec", MOST_BURNT_A_DAY),
        ("mined_fil_vec", f64::INFINITY),
        ("vested_fil_vec", f64::INFINITY),
    ];
    for (name, most_a_day) in cumulative {
        let Some((column, values)) = named(data, name) else { continue };
        findings.first_wrong(
            &column.pointer(),
            values,
            |index| column.span.day(data, index),
            |index, values| {
                let before = *values.get(index.checked_sub(1)?)?;
                let value = values[index];
                if value < before {
                    Some(format!(
                        "falls from {before} to {value}: the sum since genesis never falls; correct that day"
                    ))
                } else if value - before > most_a_day {
                    Some(format!(
                        "rises by {} FIL in a day, above {most_a_day}; check both days and their unit",
                        value - before
                    ))
                } else {
                    None
                }
            },
        );
    }
}

fn start_values(data: &SnapshotData, findings: &mut Findings) {
    let age = (data.start_date - NETWORK_START).num_days() as f64;
    let baseline = GENESIS_BASELINE_EIB * (age / 365.0).exp2();
    // Capped power is at most the baseline, and the baseline only grew until then.
    let capped = 1.01 * data.init_baseline_eib * (age + 1.0);
    let fil = "the unit is FIL (not attoFIL, not millions of FIL), and the protocol allocates 2e9 in all";
    for start_value in &START_VALUES {
        let (least, most, remedy) = match start_value.name {
            "zero_cum_capped_power_eib" => (
                f64::MIN_POSITIVE,
                capped,
                "it sums min(baseline, raw power) over the days from genesis, in EiB-days",
            ),
            "init_baseline_eib" => (
                baseline / BASELINE_FACTOR,
                baseline * BASELINE_FACTOR,
                "the baseline doubles every year from 2.77 EiB at genesis; the unit is EiB",
            ),
            "locked_fil_zero" => (0.0, MOST_FIL, fil),
            _ => (FEWEST_FIL, MOST_FIL, fil),
        };
        let value = (start_value.get)(data);
        if !(least..=most).contains(&value) {
            let detail = format!("is {value}, outside {least:e} to {most:e}: {remedy}");
            findings.add(Finding::on(start_value.pointer(), data.start_date, detail));
        }
    }
}

/// Where a statistic is given as a series and as a figure at the start date, both say the same.
fn series_meet_start_values(data: &SnapshotData, findings: &mut Findings) {
    let pairs = [
        ("circ_supply_vec", "circ_supply_zero", data.circ_supply_zero, 0.0),
        ("locked_fil_vec", "locked_fil_zero", data.locked_fil_zero, 0.0),
        // Cut to whole FIL.
        ("vested_fil_vec", "start_vested_amt", data.start_vested_amt, 1.0),
    ];
    for (name, start_name, start_value, cut) in pairs {
        let Some((column, values)) = named(data, name) else { continue };
        let Some(&first) = values.first() else { continue };
        if (first - start_value).abs() > cut + SAME * start_value.abs() {
            let detail =
                format!("is {first} where {start_name} says {start_value} for the same day; make them agree");
            findings.add(Finding::on(format!("{}/0", column.pointer()), data.start_date, detail));
        }
    }
}

fn named<'d>(data: &'d SnapshotData, name: &str) -> Option<(&'static Column, &'d Vec<f64>)> {
    let column = COLUMNS.iter().find(|column| column.name == name)?;
    Some((column, (column.get)(data)?))
}

/// The median; NaN of an empty list, which then is in no range.
fn median(values: &[f64]) -> f64 {
    median_of(values).unwrap_or(f64::NAN)
}
