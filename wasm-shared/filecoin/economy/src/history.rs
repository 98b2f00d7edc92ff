//! What the network did up to the current date: the model's data.

use crate::ModelError;
use crate::error::check_length;

/// The network's history, from a start date up to and including the current date.
///
/// `H` is the number of days from the start date to the current date. Index `i` of a history is the day `start date + i`;
/// histories of what is measured at a day's end hold `H + 1` entries, the current date last. Scalars are as of the start
/// date unless they say otherwise.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// The start date as a day number: days since network start, 2020-10-15.
    pub start_day: u32,

    /// Raw byte power of the network, EiB; `H + 1` entries.
    pub raw_power_eib: &'a [f64],
    /// Quality-adjusted power of the network, EiB; `H + 1` entries.
    pub qa_power_eib: &'a [f64],
    /// Raw byte power onboarded, PiB/day; `H + 1` entries.
    pub onboarded_raw_pib: &'a [f64],
    /// Quality-adjusted power onboarded, PiB/day; `H + 1` entries.
    pub onboarded_qa_pib: &'a [f64],
    /// Raw byte power renewed, PiB/day; `H + 1` entries.
    pub renewed_raw_pib: &'a [f64],
    /// Quality-adjusted power renewed, PiB/day; `H + 1` entries.
    pub renewed_qa_pib: &'a [f64],
    /// FIL burnt since network start; `H + 1` entries.
    pub burnt_fil: &'a [f64],
    /// Share of expiring power that was renewed, a fraction; `H` entries: the current date is the first day that an
    /// assumption decides.
    pub renewal_rate: &'a [f64],

    /// Raw byte power of existing sectors that expires, PiB/day, from the **current date** on. Days past its end have
    /// none; it may be empty.
    pub raw_known_expirations_pib: &'a [f64],
    /// Quality-adjusted power of existing sectors that expires, PiB/day, from the **current date** on. Days past its
    /// end have none; it may be empty.
    pub qa_known_expirations_pib: &'a [f64],
    /// Pledge of existing sectors that is released, FIL/day, from the **start date** on. Days past its end have none;
    /// it may be empty.
    pub known_pledge_release_fil: &'a [f64],

    /// Raw byte power on the current date, PiB.
    pub raw_power_zero_pib: f64,
    /// Quality-adjusted power on the current date, PiB.
    pub qa_power_zero_pib: f64,
    /// FIL vested before the start date, genesis allocations included.
    pub start_vested_fil: f64,
    /// Sum over days of the smaller of baseline and raw byte power, EiB-days, through the start date.
    pub zero_cum_capped_power_eib: f64,
    /// Baseline on the start date, EiB.
    pub init_baseline_eib: f64,
    /// Circulating supply, FIL.
    pub circ_supply_zero_fil: f64,
    /// Locked FIL: pledge and vesting block rewards together.
    pub locked_zero_fil: f64,
    /// Mean of FIL burnt a day over the history, which is what a forecast assumes unless told otherwise.
    pub daily_burnt_fil: f64,
}

impl History<'_> {
    /// `H`: days from the start date to the current date.
    #[must_use]
    pub fn days(&self) -> usize {
        self.raw_power_eib.len().saturating_sub(1)
    }

    /// Refuses histories that do not cover the same days.
    ///
    /// # Errors
    ///
    /// [`ModelError`] naming the history that is too short or has a length of its own.
    pub fn check(&self) -> Result<(), ModelError> {
        const WITH_CURRENT: &str = "one for each day from the start date to the current date, both included";
        const BEFORE_CURRENT: &str =
            "one for each day from the start date to the day before the current date";

        let days = self.days();
        if days == 0 {
            return Err(ModelError::HistoryTooShort { found: self.raw_power_eib.len() });
        }
        for (input, history) in [
            ("history.qa_power_eib", self.qa_power_eib),
            ("history.onboarded_raw_pib", self.onboarded_raw_pib),
            ("history.onboarded_qa_pib", self.onboarded_qa_pib),
            ("history.renewed_raw_pib", self.renewed_raw_pib),
            ("history.renewed_qa_pib", self.renewed_qa_pib),
            ("history.burnt_fil", self.burnt_fil),
        ] {
            check_length(input, history.len(), days + 1, WITH_CURRENT)?;
        }
        check_length("history.renewal_rate", self.renewal_rate.len(), days, BEFORE_CURRENT)
    }
}
