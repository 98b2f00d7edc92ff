//! A network as it was known on a past day.

use chrono::Days;
use economy::constants::{PIB_PER_EIB, defaults::FIL_PLUS_MULTIPLIER};
use network_data::{FilplusRate, Snapshot, SnapshotData, WINDOW_DAYS};

use crate::book::Book;
use crate::model::HindcastError;

/// A past day of a network's history, with what was known then.
///
/// Histories end on that day. Two things were not kept by the source and are put together: the schedule of expirations
/// and pledge releases, from what fell due in the half year after, the
/// level of the days before, and how far today's books reach; and the
/// FIL+ rate, from quality-adjusted and raw power onboarded.
pub struct Origin {
    day: usize,
    known: Snapshot,
}

impl Origin {
    /// The network as of day `day`, counted from the start date.
    ///
    /// # Errors
    ///
    /// A day that the history has not, or a past that is no plausible network.
    pub fn new(network: &Snapshot, day: usize) -> Result<Self, HindcastError> {
        if day == 0 || day > network.historical_days() {
            return Err(HindcastError::NoSuchDay { day, days: network.historical_days() });
        }
        let known =
            Snapshot::new(as_of(network, day)).map_err(|refused| HindcastError::Past { day, refused })?;
        Ok(Self { day, known })
    }

    /// The day, counted from the start date.
    #[must_use]
    pub fn day(&self) -> usize {
        self.day
    }

    /// What was known then.
    #[must_use]
    pub fn known(&self) -> &Snapshot {
        &self.known
    }
}

fn as_of(network: &Snapshot, day: usize) -> SnapshotData {
    let data = network.data();
    let through = |history: &[f64]| history[..=day].to_vec();
    let optional = |history: &Option<Vec<f64>>| history.as_deref().map(through);
    let [raw_due, qa_due] = Book::of_power(network);
    let raw_reach = raw_due.reach(day, PIB_PER_EIB * data.historical_raw_power_eib[day]);
    let qa_reach = qa_due.reach(day, PIB_PER_EIB * data.historical_qa_power_eib[day]);

    let mut released = data.known_scheduled_pledge_release_full_vec.clone();
    released.truncate(day);
    released.extend(Book::of_pledge(network).as_known_on(day, qa_reach));

    let window = day - day.min(WINDOW_DAYS)..=day;
    let rates = fil_plus_rates(
        &data.historical_onboarded_rb_power_pib[window.clone()],
        &data.historical_onboarded_qa_power_pib[window],
    );
    SnapshotData {
        source: data.source.clone(),
        start_date: data.start_date,
        current_date: data.start_date + Days::new(day as u64),
        historical_raw_power_eib: through(&data.historical_raw_power_eib),
        historical_qa_power_eib: through(&data.historical_qa_power_eib),
        historical_onboarded_rb_power_pib: through(&data.historical_onboarded_rb_power_pib),
        historical_onboarded_qa_power_pib: through(&data.historical_onboarded_qa_power_pib),
        historical_renewed_qa_power_pib: through(&data.historical_renewed_qa_power_pib),
        historical_renewed_rb_power_pib: through(&data.historical_renewed_rb_power_pib),
        rb_known_scheduled_expire_vec: raw_due.as_known_on(day, raw_reach),
        qa_known_scheduled_expire_vec: qa_due.as_known_on(day, qa_reach),
        known_scheduled_pledge_release_full_vec: released,
        burnt_fil_vec: through(&data.burnt_fil_vec),
        historical_renewal_rate: data.historical_renewal_rate[..day].to_vec(),
        circ_supply_vec: optional(&data.circ_supply_vec),
        locked_fil_vec: optional(&data.locked_fil_vec),
        mined_fil_vec: optional(&data.mined_fil_vec),
        vested_fil_vec: optional(&data.vested_fil_vec),
        filplus_rate: FilplusRate::Daily(rates),
        start_vested_amt: data.start_vested_amt,
        zero_cum_capped_power_eib: data.zero_cum_capped_power_eib,
        init_baseline_eib: data.init_baseline_eib,
        circ_supply_zero: data.circ_supply_zero,
        locked_fil_zero: data.locked_fil_zero,
    }
}

/// The share of onboarded power that has to be FIL+ for its quality to be what it was; none where nothing was onboarded.
pub(crate) fn fil_plus_rates(raw: &[f64], qa: &[f64]) -> Vec<f64> {
    raw.iter()
        .zip(qa)
        .map(
            |(raw, qa)| {
                if *raw > 0.0 { ((qa / raw - 1.0) / (FIL_PLUS_MULTIPLIER - 1.0)).max(0.0) } else { 0.0 }
            },
        )
        .collect()
}
