//! What the network did up to one day, and all that follows from it.

use chrono::{Days, NaiveDate};

use economy::{History, constants::PIB_PER_EIB, smoothed};

use crate::{
    validation::{self, Problem, Refused},
    wire,
};

/// The day of Filecoin's genesis block: nothing can be dated earlier.
pub const NETWORK_START: NaiveDate = NaiveDate::from_ymd_opt(2020, 10, 15).expect("a date of the calendar");

/// The source of the demonstration network that is bundled with the functions.
pub const BUNDLED_SOURCE: &str = "bundled-demo";

/// Days before the current date that the short windows go back, as the original mechaFIL tools publish them.
pub const WINDOW_DAYS: usize = 180;

/// The figures of a snapshot as a source delivers them: nothing in here follows from anything else in here.
///
/// With `H` the number of days from `start_date` to `current_date`, histories hold `H + 1` entries (entry `i` is
/// `start_date + i`, the current date included), the renewal rate `H` (the current date not included). Field names are
/// those of the JSON form.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotData {
    /// Where the figures come from: `spacescope`, `bundled-demo`, `import`, ...
    pub source: String,
    /// Date of entry 0 of every history.
    pub start_date: NaiveDate,
    /// The newest day on which every statistic is known.
    pub current_date: NaiveDate,

    /// Raw byte power, EiB; `H + 1`.
    pub historical_raw_power_eib: Vec<f64>,
    /// Quality-adjusted power, EiB; `H + 1`.
    pub historical_qa_power_eib: Vec<f64>,
    /// Raw byte power onboarded, PiB/day; `H + 1`.
    pub historical_onboarded_rb_power_pib: Vec<f64>,
    /// Quality-adjusted power onboarded, PiB/day; `H + 1`.
    pub historical_onboarded_qa_power_pib: Vec<f64>,
    /// Quality-adjusted power renewed, PiB/day; `H + 1`.
    pub historical_renewed_qa_power_pib: Vec<f64>,
    /// Raw byte power renewed, PiB/day; `H + 1`.
    pub historical_renewed_rb_power_pib: Vec<f64>,
    /// Raw byte power that sectors of today will give up, PiB/day; entry `i` is `current_date + i`, any length.
    pub rb_known_scheduled_expire_vec: Vec<f64>,
    /// Quality-adjusted power that sectors of today will give up, PiB/day; entry `i` is `current_date + i`, any length.
    pub qa_known_scheduled_expire_vec: Vec<f64>,
    /// Pledge that expiring sectors release, FIL/day; entry `i` is **`start_date + i`**, any length.
    pub known_scheduled_pledge_release_full_vec: Vec<f64>,
    /// FIL burnt since genesis, cumulative; `H + 1`.
    pub burnt_fil_vec: Vec<f64>,
    /// Share of expiring raw byte power that was extended, a fraction; `H`.
    pub historical_renewal_rate: Vec<f64>,

    /// Circulating supply as the chain reports it, FIL; `H + 1`, where the source has it.
    pub circ_supply_vec: Option<Vec<f64>>,
    /// FIL locked as pledge and vesting rewards, as the chain reports it; `H + 1`, where the source has it.
    pub locked_fil_vec: Option<Vec<f64>>,
    /// FIL mined since genesis, cumulative; `H + 1`, where the source has it.
    pub mined_fil_vec: Option<Vec<f64>>,
    /// FIL vested since genesis, cumulative; `H + 1`, where the source has it.
    pub vested_fil_vec: Option<Vec<f64>>,

    /// Share of onboarded raw byte power that carries deals.
    pub filplus_rate: FilplusRate,

    /// FIL vested at the start date, cut to whole FIL.
    pub start_vested_amt: f64,
    /// Sum of min(baseline, raw byte power) over the days from genesis through the start date, EiB-days.
    pub zero_cum_capped_power_eib: f64,
    /// The network baseline at the start date, EiB.
    pub init_baseline_eib: f64,
    /// Circulating supply at the start date, FIL.
    pub circ_supply_zero: f64,
    /// Locked FIL at the start date.
    pub locked_fil_zero: f64,
}

/// What is known of the FIL+ rate: the share of onboarded raw byte power that carries deals, a fraction.
///
/// It is measured from deals, not from power, so it does not follow from the power histories.
#[derive(Clone, Debug, PartialEq)]
pub enum FilplusRate {
    /// The rate of each of the last days; the last entry is the current date.
    Daily(Vec<f64>),
    /// Only its median over the last 30 days.
    Median(f64),
}

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

    /// Takes figures whose shape is known to be right, so that everything derived exists.
    pub(crate) fn from_shaped(data: SnapshotData, fingerprint: u32) -> Self {
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

    /// Locked FIL as a share of the circulating supply, and the day it holds for: the newest on which both are known.
    ///
    /// That is the current date where the source has both as daily series, else the start date.
    #[must_use]
    pub fn lock_ratio(&self) -> (f64, NaiveDate) {
        match (&self.data.locked_fil_vec, &self.data.circ_supply_vec) {
            (Some(locked), Some(circulating)) => {
                (newest(locked) / newest(circulating), self.data.current_date)
            }
            _ => (self.data.locked_fil_zero / self.data.circ_supply_zero, self.data.start_date),
        }
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
        Err(Refused::from(Problem::on("/current_date", self.data.current_date, detail)))
    }

    /// A checksum of all figures: equal for equal snapshots, for use in an `ETag` beside the current date.
    #[must_use]
    pub const fn fingerprint(&self) -> u32 {
        self.fingerprint
    }
}

impl SnapshotData {
    /// `H`: days from the start date to the current date; 0 where the dates are the wrong way round.
    #[must_use]
    pub fn historical_days(&self) -> usize {
        usize::try_from((self.current_date - self.start_date).num_days()).unwrap_or(0)
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
