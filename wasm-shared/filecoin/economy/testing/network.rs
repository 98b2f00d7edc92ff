//! A network that owns its history: what tests and benches make a [`History`] of.

use economy::History;

/// The fields of a [`History`], owned.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) start_day: u32,
    pub(crate) raw_power_eib: Vec<f64>,
    pub(crate) qa_power_eib: Vec<f64>,
    pub(crate) onboarded_raw_pib: Vec<f64>,
    pub(crate) onboarded_qa_pib: Vec<f64>,
    pub(crate) renewed_raw_pib: Vec<f64>,
    pub(crate) renewed_qa_pib: Vec<f64>,
    pub(crate) burnt_fil: Vec<f64>,
    pub(crate) renewal_rate: Vec<f64>,
    pub(crate) raw_known_expirations_pib: Vec<f64>,
    pub(crate) qa_known_expirations_pib: Vec<f64>,
    pub(crate) known_pledge_release_fil: Vec<f64>,
    pub(crate) raw_power_zero_pib: f64,
    pub(crate) qa_power_zero_pib: f64,
    pub(crate) start_vested_fil: f64,
    pub(crate) zero_cum_capped_power_eib: f64,
    pub(crate) init_baseline_eib: f64,
    pub(crate) circ_supply_zero_fil: f64,
    pub(crate) locked_zero_fil: f64,
    pub(crate) daily_burnt_fil: f64,
}

impl Network {
    pub(crate) fn history(&self) -> History<'_> {
        History {
            start_day: self.start_day,
            raw_power_eib: &self.raw_power_eib,
            qa_power_eib: &self.qa_power_eib,
            onboarded_raw_pib: &self.onboarded_raw_pib,
            onboarded_qa_pib: &self.onboarded_qa_pib,
            renewed_raw_pib: &self.renewed_raw_pib,
            renewed_qa_pib: &self.renewed_qa_pib,
            burnt_fil: &self.burnt_fil,
            renewal_rate: &self.renewal_rate,
            raw_known_expirations_pib: &self.raw_known_expirations_pib,
            qa_known_expirations_pib: &self.qa_known_expirations_pib,
            known_pledge_release_fil: &self.known_pledge_release_fil,
            raw_power_zero_pib: self.raw_power_zero_pib,
            qa_power_zero_pib: self.qa_power_zero_pib,
            start_vested_fil: self.start_vested_fil,
            zero_cum_capped_power_eib: self.zero_cum_capped_power_eib,
            init_baseline_eib: self.init_baseline_eib,
            circ_supply_zero_fil: self.circ_supply_zero_fil,
            locked_zero_fil: self.locked_zero_fil,
            daily_burnt_fil: self.daily_burnt_fil,
        }
    }
}
