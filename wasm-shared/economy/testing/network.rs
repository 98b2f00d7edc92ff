//! A network that owns its history: what tests and benches make a [`History`] of.

use economy::{Assumptions, Control, History, fip0081};

/// The fields of a [`History`], owned.
#[derive(Clone, Debug)]
pub struct Network {
    pub start_day: u32,
    pub raw_power_eib: Vec<f64>,
    pub qa_power_eib: Vec<f64>,
    pub onboarded_raw_pib: Vec<f64>,
    pub onboarded_qa_pib: Vec<f64>,
    pub renewed_raw_pib: Vec<f64>,
    pub renewed_qa_pib: Vec<f64>,
    pub burnt_fil: Vec<f64>,
    pub renewal_rate: Vec<f64>,
    pub raw_known_expirations_pib: Vec<f64>,
    pub qa_known_expirations_pib: Vec<f64>,
    pub known_pledge_release_fil: Vec<f64>,
    pub raw_power_zero_pib: f64,
    pub qa_power_zero_pib: f64,
    pub start_vested_fil: f64,
    pub zero_cum_capped_power_eib: f64,
    pub init_baseline_eib: f64,
    pub circ_supply_zero_fil: f64,
    pub locked_zero_fil: f64,
    pub daily_burnt_fil: f64,
}

impl Network {
    pub fn history(&self) -> History<'_> {
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

    /// A made-up network of roughly Filecoin's size and age, smooth but for a weekly ripple: power falls from 17 to
    /// 4 EiB while its quality rises, and 1,275 days of expirations are known. Made by arithmetic alone, so that it is
    /// the same to the bit on every target.
    pub fn synthetic(history_days: usize) -> Self {
        const KNOWN_DAYS: usize = 1275;
        let over_history = |from: f64, to: f64| -> Vec<f64> {
            (0..=history_days)
                .map(|day| (from + (to - from) * day as f64 / history_days as f64) * (1.0 + ripple(day)))
                .collect()
        };
        let fading = |first: f64, days: usize, life: f64| -> Vec<f64> {
            (0..days).map(|day| first * (1.0 + ripple(day)) / (1.0 + day as f64 / life)).collect()
        };
        let burnt_fil: Vec<f64> = (0..=history_days).map(|day| 33.0e6 + 7300.0 * day as f64).collect();
        Self {
            start_day: 725,
            raw_power_eib: over_history(16.6, 4.0),
            qa_power_eib: over_history(18.7, 22.0),
            onboarded_raw_pib: over_history(11.0, 2.5),
            onboarded_qa_pib: over_history(35.0, 20.0),
            renewed_raw_pib: over_history(29.0, 9.0),
            renewed_qa_pib: over_history(30.0, 47.0),
            renewal_rate: over_history(0.6, 0.8)[..history_days].to_vec(),
            raw_known_expirations_pib: fading(12.0, KNOWN_DAYS, 300.0),
            qa_known_expirations_pib: fading(70.0, KNOWN_DAYS, 300.0),
            known_pledge_release_fil: fading(3.8e5, history_days + KNOWN_DAYS, 900.0),
            raw_power_zero_pib: 4.0 * 1024.0,
            qa_power_zero_pib: 22.0 * 1024.0,
            start_vested_fil: 2.96e8,
            zero_cum_capped_power_eib: 4090.0,
            init_baseline_eib: 10.96,
            circ_supply_zero_fil: 3.7e8,
            locked_zero_fil: 1.37e8,
            daily_burnt_fil: (burnt_fil[history_days] - burnt_fil[0]) / history_days as f64,
            burnt_fil,
        }
    }
}

/// Up to 6 % less at weekends.
fn ripple(day: usize) -> f64 {
    -0.02 * (day % 7).saturating_sub(3) as f64
}

/// The assumptions of an ordinary request, under the protocol's own gamma.
pub struct Ordinary {
    history_days: usize,
    gamma: Vec<f64>,
}

impl Ordinary {
    pub fn new(network: &Network, forecast_days: usize) -> Self {
        let history_days = network.history().days();
        Self { history_days, gamma: fip0081::schedule(network.start_day, history_days + forecast_days) }
    }

    pub fn assumptions(&self) -> Assumptions<'_> {
        Assumptions::protocol(
            self.history_days,
            self.gamma.len() - self.history_days,
            Control::Constant(2.6),
            Control::Constant(0.83),
            Control::Constant(0.82),
            &self.gamma,
        )
    }
}
