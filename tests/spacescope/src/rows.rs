//! A snapshot as the daily rows that it was derived from, or could have been.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use network_data::{
    FilplusRate, NETWORK_START, SnapshotData,
    spacescope::{HISTORY_START, Statistic},
};

const PIB: f64 = 1_125_899_906_842_624.0;
const EIB: f64 = 1024.0 * PIB;

/// The rows of every statistic, each with its figures in the order of [`Statistic::fields`]; of expirations those too that are not
/// used.
#[derive(Clone, Debug)]
pub struct Rows {
    /// By statistic and day.
    pub tables: BTreeMap<Statistic, BTreeMap<NaiveDate, Vec<f64>>>,
    /// The newest day that is not in the future.
    pub newest: NaiveDate,
}

impl Rows {
    /// Rows that give the snapshot back when they are ingested.
    ///
    /// What a snapshot does not hold is made up: power before the history (of which it has only the capped sum), the FIL+
    /// rate before its window, the split by sector size and by kind of deal, and the supply where it has no series.
    ///
    /// # Errors
    /// The snapshot is of other days than a refresh fetches, or has a rate that no figures have.
    pub fn rebuilt(data: &SnapshotData) -> Result<Self, String> {
        if data.start_date != HISTORY_START {
            return Err(format!(
                "the snapshot starts on {}, but a refresh on {HISTORY_START}",
                data.start_date
            ));
        }
        let mut rows = Self { tables: BTreeMap::new(), newest: data.current_date };
        rows.power(data);
        rows.onboarding_and_deals(data);
        rows.supply(data);
        rows.expirations(data)?;
        Ok(rows)
    }

    fn put(&mut self, statistic: Statistic, day: NaiveDate, figures: Vec<f64>) {
        self.tables.entry(statistic).or_default().insert(day, figures);
    }

    fn power(&mut self, data: &SnapshotData) {
        let baseline = |day: NaiveDate| {
            let days = (day - data.start_date).num_days() as f64;
            data.init_baseline_eib * (days / 365.0).exp2()
        };
        for (day, index) in days_from(data.start_date, data.historical_days() + 1) {
            let raw = data.historical_raw_power_eib[index];
            let qa = data.historical_qa_power_eib[index];
            self.put(Statistic::Power, day, vec![raw * EIB, qa * EIB, baseline(day) * EIB]);
        }
        let early: Vec<NaiveDate> =
            NETWORK_START.iter_days().take_while(|day| *day < data.start_date).collect();
        let at_start = data.init_baseline_eib.min(data.historical_raw_power_eib[0]);
        let capped = early_capped_power(&early, data.zero_cum_capped_power_eib, at_start, baseline);
        for (day, capped) in early.into_iter().zip(capped) {
            // The smaller of the two is the capped power.
            let baseline = baseline(day);
            let (raw, baseline) =
                if baseline >= capped { (capped, baseline) } else { (1.25 * capped, capped) };
            self.put(Statistic::Power, day, vec![raw * EIB, raw * EIB, baseline * EIB]);
        }
    }

    fn onboarding_and_deals(&mut self, data: &SnapshotData) {
        let rate = |index: usize| match &data.filplus_rate {
            FilplusRate::Median(rate) => *rate,
            FilplusRate::Daily(rates) => {
                let before = data.historical_days() + 1 - rates.len();
                rates[index.saturating_sub(before)]
            }
        };
        for (day, index) in days_from(data.start_date, data.historical_days() + 1) {
            let raw = data.historical_onboarded_rb_power_pib[index] * PIB;
            let qa = data.historical_onboarded_qa_power_pib[index] * PIB;
            let (raw_32, raw_64) = split(raw);
            let (qa_32, qa_64) = split(qa);
            self.put(Statistic::Onboarding, day, vec![raw_32, raw_64, qa_32, qa_64]);
            let (regular, verified) = split(part_for(raw, rate(index)));
            self.put(Statistic::Deals, day, vec![regular, verified]);
        }
    }

    fn supply(&mut self, data: &SnapshotData) {
        let made_up = |series: &Option<Vec<f64>>, index: usize, first: f64, a_day: f64| {
            series.as_ref().map_or(first + a_day * index as f64, |values| values[index])
        };
        for (day, index) in days_from(data.start_date, data.historical_days() + 1) {
            let figures = vec![
                made_up(&data.circ_supply_vec, index, data.circ_supply_zero, 100_000.5),
                made_up(&data.mined_fil_vec, index, 2.625e8, 110_000.25),
                made_up(&data.vested_fil_vec, index, data.start_vested_amt + 0.75, 180_000.125),
                made_up(&data.locked_fil_vec, index, data.locked_fil_zero, -1_000.25),
                data.burnt_fil_vec[index],
                17_066_618.0,
            ];
            self.put(Statistic::Supply, day, figures);
        }
    }

    fn expirations(&mut self, data: &SnapshotData) -> Result<(), String> {
        let ahead = data.rb_known_scheduled_expire_vec.len().max(data.qa_known_scheduled_expire_vec.len());
        let days = (data.historical_days() + ahead).max(data.known_scheduled_pledge_release_full_vec.len());
        let at = |values: &[f64], index: usize| values.get(index).copied().unwrap_or(0.0);
        for (day, index) in days_from(data.start_date, days) {
            let (mut extended, mut extended_qap) = (0.0, 0.0);
            if day <= data.current_date {
                extended = data.historical_renewed_rb_power_pib[index] * PIB;
                extended_qap = data.historical_renewed_qa_power_pib[index] * PIB;
            }
            let (expiring, expiring_qap) = if day < data.current_date {
                let rate = data.historical_renewal_rate[index];
                let whole = whole_for(extended, rate)
                    .ok_or_else(|| format!("{day}: {extended} bytes renewed give no rate of {rate}"))?;
                (whole, if rate > 0.0 { extended_qap / rate } else { whole })
            } else {
                let ahead = index - data.historical_days();
                (
                    at(&data.rb_known_scheduled_expire_vec, ahead) * PIB,
                    at(&data.qa_known_scheduled_expire_vec, ahead) * PIB,
                )
            };
            let pledge = at(&data.known_scheduled_pledge_release_full_vec, index);
            let mut figures = vec![extended, extended_qap, 0.25 * pledge];
            figures.extend([expiring, expiring_qap, pledge].map(|left| 0.125 * left));
            let scheduled = [expiring, expiring_qap, pledge].map(coarsely_above);
            figures.extend([scheduled[0] - expiring, scheduled[1] - expiring_qap, scheduled[2] - pledge]);
            figures.extend(scheduled);
            self.put(Statistic::Expirations, day, figures);
        }
        Ok(())
    }
}

fn days_from(first: NaiveDate, count: usize) -> impl Iterator<Item = (NaiveDate, usize)> {
    (0..count).map(move |index| (first + Days::new(index as u64), index))
}

/// Capped power of the days before the history, EiB, in proportion to the baseline, such that adding them up in order and
/// then `at_start` gives `total` exactly.
fn early_capped_power(
    days: &[NaiveDate],
    total: f64,
    at_start: f64,
    baseline: impl Fn(NaiveDate) -> f64,
) -> Vec<f64> {
    let sum = [total - at_start, (total - at_start).next_up(), (total - at_start).next_down()]
        .into_iter()
        .find(|sum| (sum + at_start).to_bits() == total.to_bits())
        .unwrap_or(total - at_start);
    // Multiples of one small step, so that no partial sum is rounded.
    let step = total.next_up() - total;
    let scale = sum / days.iter().map(|day| baseline(*day)).sum::<f64>();
    let mut values: Vec<f64> =
        days.iter().map(|day| (baseline(*day) * scale / step).round() * step).collect();
    let rest = sum - values.iter().sum::<f64>();
    if let Some(last) = values.last_mut() {
        *last += rest;
    }
    values
}

/// A number with a short mantissa, a little above.
fn coarsely_above(value: f64) -> f64 {
    coarse(1.0625 * value)
}

/// The number with the lower 32 bits of its mantissa cleared.
fn coarse(value: f64) -> f64 {
    f64::from_bits(value.to_bits() & !0xFFFF_FFFF)
}

/// Two parts whose sum is exactly the whole.
fn split(whole: f64) -> (f64, f64) {
    let first = coarse(0.75 * whole);
    (first, whole - first)
}

/// What, divided into `part`, gives `rate`: to the bit, where there is such a number.
fn whole_for(part: f64, rate: f64) -> Option<f64> {
    if part == 0.0 && rate == 0.0 {
        return Some(PIB);
    }
    let near = part / rate;
    (near.is_finite() && near > 0.0).then(|| nearest(near, |whole| part / whole, rate))
}

/// What, divided by `whole`, gives `rate`: to the bit, where there is such a number.
fn part_for(whole: f64, rate: f64) -> f64 {
    if whole > 0.0 { nearest(whole * rate, |part| part / whole, rate) } else { 0.0 }
}

/// Of the doubles around `near`, whole bytes first, the one for which `quotient` is `wanted`.
fn nearest(near: f64, quotient: impl Fn(f64) -> f64, wanted: f64) -> f64 {
    // Sectors come in 32 GiB, deals in bytes.
    let sectors = (near / 34_359_738_368.0).round() * 34_359_738_368.0;
    let mut candidates = vec![sectors, near.round(), near];
    let (mut below, mut above) = (near, near);
    for _ in 0..8 {
        (below, above) = (below.next_down(), above.next_up());
        candidates.extend([below, above]);
    }
    candidates
        .into_iter()
        .find(|candidate| quotient(*candidate).to_bits() == wanted.to_bits())
        .unwrap_or(near)
}
