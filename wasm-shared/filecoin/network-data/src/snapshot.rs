//! What the network did up to one day, and all that follows from it.

use chrono::{Days, NaiveDate};

use economy::{
    History,
    constants::{BASELINE_GROWTH_PER_DAY, PIB_PER_EIB},
    smoothed,
};

use crate::{
    data::{FilplusRate, NETWORK_START, SnapshotData, WINDOW_DAYS},
    validation::{self, Finding, Refused},
    wire::{self, WireError},
};

/// Medians over the last 30 days of the histories: a forecast's default assumptions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothedMetrics {
    /// Raw byte power onboarded, PiB/day; through the current date.
    pub raw_byte_power: f64,
    /// Renewal rate, a fraction; through the day before the current date.
    pub renewal_rate: f64,
    /// FIL+ rate, a fraction; through the current date.
    pub filplus_rate: f64,
}

/// A snapshot that has passed validation, and what is derived from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    data: SnapshotData,
    smoothed: SmoothedMetrics,
    fingerprint: u32,
}

impl Snapshot {
    /// Validates figures from a source.
    ///
    /// # Errors
    ///
    /// Every problem that was found, each with the field, the day and the remedy.
    pub fn new(data: SnapshotData) -> Result<Self, Refused> {
        validation::shape(&data)?;
        validation::plausibility(&data)?;
        let fingerprint = wire::fingerprint(&data);
        Ok(Self::from_shaped(data, fingerprint))
    }

    /// The wire form of this snapshot.
    #[must_use]
    pub fn to_wire(&self) -> Vec<u8> {
        wire::encode(&self.data)
    }

    /// Reads a snapshot from its wire form, in any version up to the present one.
    ///
    /// # Errors
    ///
    /// Whatever is not, to the byte, what [`to_wire`](Self::to_wire) gives or gave. Nothing is allocated beyond the size of
    /// `bytes`.
    pub fn from_wire(bytes: &[u8]) -> Result<Self, WireError> {
        let (data, checksum) = wire::decode(bytes)?;
        Ok(Self::from_shaped(data, checksum))
    }

    /// Takes figures whose shape is known to be right, so that everything derived exists.
    fn from_shaped(data: SnapshotData, fingerprint: u32) -> Self {
        let smoothed = SmoothedMetrics {
            raw_byte_power: median_of_last_30_days(&data.historical_onboarded_rb_power_pib),
            renewal_rate: median_of_last_30_days(&data.historical_renewal_rate),
            filplus_rate: match &data.filplus_rate {
                FilplusRate::Daily(rates) => median_of_last_30_days(rates),
                FilplusRate::Median(rate) => *rate,
            },
        };
        Self { data, smoothed, fingerprint }
    }

    /// The figures as the source delivered them.
    #[must_use]
    pub const fn data(&self) -> &SnapshotData {
        &self.data
    }

    /// Gives the figures back, to make another snapshot of them.
    #[must_use]
    pub fn into_data(self) -> SnapshotData {
        self.data
    }

    /// Where the figures come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.data.source
    }

    /// Date of entry 0 of the histories.
    #[must_use]
    pub const fn start_date(&self) -> NaiveDate {
        self.data.start_date
    }

    /// The newest day with data; a forecast starts here.
    #[must_use]
    pub const fn current_date(&self) -> NaiveDate {
        self.data.current_date
    }

    /// `H`: days from the start date to the current date.
    #[must_use]
    pub fn historical_days(&self) -> usize {
        self.data.historical_days()
    }

    /// Date of the first entry of the short windows: 180 days before the current date, or the start date if later.
    #[must_use]
    pub fn window_start_date(&self) -> NaiveDate {
        self.data.current_date - Days::new(self.window_days() as u64)
    }

    /// Days from the first to the last entry of the short windows: 180, or the whole history if that is shorter.
    #[must_use]
    pub fn window_days(&self) -> usize {
        self.historical_days().min(WINDOW_DAYS)
    }

    /// Raw byte power onboarded over the last 180 days and today, PiB/day.
    #[must_use]
    pub fn raw_byte_power_window(&self) -> &[f64] {
        last(&self.data.historical_onboarded_rb_power_pib, self.window_days() + 1)
    }

    /// Renewal rate over the last 180 days, today not included.
    #[must_use]
    pub fn renewal_rate_window(&self) -> &[f64] {
        last(&self.data.historical_renewal_rate, self.window_days())
    }

    /// FIL+ rate over the last 180 days and today, where the source has daily rates.
    #[must_use]
    pub fn filplus_rate_window(&self) -> Option<&[f64]> {
        match &self.data.filplus_rate {
            FilplusRate::Daily(rates) => Some(last(rates, self.window_days() + 1)),
            FilplusRate::Median(_) => None,
        }
    }

    /// The default assumptions of a forecast.
    #[must_use]
    pub const fn smoothed(&self) -> SmoothedMetrics {
        self.smoothed
    }

    /// Raw byte power at the current date, PiB.
    #[must_use]
    pub fn rb_power_zero(&self) -> f64 {
        PIB_PER_EIB * newest(&self.data.historical_raw_power_eib)
    }

    /// Quality-adjusted power at the current date, PiB.
    #[must_use]
    pub fn qa_power_zero(&self) -> f64 {
        PIB_PER_EIB * newest(&self.data.historical_qa_power_eib)
    }

    /// Mean daily increase of burnt FIL over the history, FIL/day.
    #[must_use]
    pub fn daily_burnt_fil(&self) -> f64 {
        let burnt = &self.data.burnt_fil_vec;
        (newest(burnt) - burnt.first().copied().unwrap_or(f64::NAN)) / self.historical_days() as f64
    }

    /// The protocol's baseline at the current date, EiB. It doubles every 365 days.
    #[must_use]
    pub fn baseline_eib(&self) -> f64 {
        self.data.init_baseline_eib * (BASELINE_GROWTH_PER_DAY * self.historical_days() as f64).exp()
    }

    /// Locked FIL as a share of the circulating supply on the current date, where the source has both as daily series.
    #[must_use]
    pub fn lock_ratio(&self) -> Option<f64> {
        let (locked, circulating) = (self.data.locked_fil_vec.as_ref()?, self.data.circ_supply_vec.as_ref()?);
        Some(newest(locked) / newest(circulating))
    }

    /// The model's view of this snapshot.
    #[must_use]
    pub fn history(&self) -> History<'_> {
        let data = &self.data;
        History {
            // The start date is not before the network's, and dates end within centuries.
            start_day: (data.start_date - NETWORK_START).num_days() as u32,
            raw_power_eib: &data.historical_raw_power_eib,
            qa_power_eib: &data.historical_qa_power_eib,
            onboarded_raw_pib: &data.historical_onboarded_rb_power_pib,
            onboarded_qa_pib: &data.historical_onboarded_qa_power_pib,
            renewed_raw_pib: &data.historical_renewed_rb_power_pib,
            renewed_qa_pib: &data.historical_renewed_qa_power_pib,
            burnt_fil: &data.burnt_fil_vec,
            renewal_rate: &data.historical_renewal_rate,
            raw_known_expirations_pib: &data.rb_known_scheduled_expire_vec,
            qa_known_expirations_pib: &data.qa_known_scheduled_expire_vec,
            known_pledge_release_fil: &data.known_scheduled_pledge_release_full_vec,
            raw_power_zero_pib: self.rb_power_zero(),
            qa_power_zero_pib: self.qa_power_zero(),
            start_vested_fil: data.start_vested_amt,
            zero_cum_capped_power_eib: data.zero_cum_capped_power_eib,
            init_baseline_eib: data.init_baseline_eib,
            circ_supply_zero_fil: data.circ_supply_zero,
            locked_zero_fil: data.locked_fil_zero,
            daily_burnt_fil: self.daily_burnt_fil(),
        }
    }

    /// Days from the current date to `today`; negative for a snapshot of the future.
    #[must_use]
    pub fn age_days(&self, today: NaiveDate) -> i64 {
        (today - self.data.current_date).num_days()
    }

    /// Refuses a snapshot dated after `today`: a clock decides that, so validation cannot.
    ///
    /// # Errors
    ///
    /// The current date lies in the future.
    pub fn check_not_of_the_future(&self, today: NaiveDate) -> Result<(), Refused> {
        if self.age_days(today) >= 0 {
            return Ok(());
        }
        let detail =
            format!("is after today, {today}: a snapshot ends on the newest day with data; check its dates");
        Err(Refused::from(Finding::on("/current_date", self.data.current_date, detail)))
    }

    /// A checksum of all figures: equal for equal snapshots, for use in an `ETag` beside the current date.
    #[must_use]
    pub const fn fingerprint(&self) -> u32 {
        self.fingerprint
    }
}

/// The last `count` entries, or all where there are fewer.
fn last(values: &[f64], count: usize) -> &[f64] {
    &values[values.len().saturating_sub(count)..]
}

/// The last entry; NaN for an empty list, which a validated snapshot never holds where this is asked.
fn newest(values: &[f64]) -> f64 {
    values.last().copied().unwrap_or(f64::NAN)
}

/// The median of the last 30 entries; NaN for an empty list, which a validated snapshot never holds.
fn median_of_last_30_days(values: &[f64]) -> f64 {
    smoothed(values).unwrap_or(f64::NAN)
}
