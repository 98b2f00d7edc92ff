//! The figures of a snapshot as a source delivers them.

use chrono::NaiveDate;

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

impl SnapshotData {
    /// `H`: days from the start date to the current date; 0 where the dates are the wrong way round.
    #[must_use]
    pub fn historical_days(&self) -> usize {
        usize::try_from((self.current_date - self.start_date).num_days()).unwrap_or(0)
    }
}
