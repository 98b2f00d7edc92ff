//! A made-up network of roughly Filecoin's size.

use super::network::Network;

impl Network {
    /// A made-up network of roughly Filecoin's size and age, smooth but for a weekly ripple: power falls from 17 to
    /// 4 EiB while its quality rises, and 1,275 days of expirations are known. Made by arithmetic alone, so that it is
    /// the same to the bit on every target.
    pub(crate) fn synthetic(history_days: usize) -> Self {
        const KNOWN_DAYS: usize = 1275;
        let over_history = |from: f64, to: f64| -> Vec<f64> {
            (0..=history_days)
                .map(|day| (from + (to - from) * day as f64 / history_days as f64) * (1.0 + ripple(day)))
                .collect()
        };
        let fading = |first: f64, days: usize, life: f64| -> Vec<f64> {
            (0..days).map(|day| first * (1.0 + ripple(day)) / (1.0 + day as f64 / life)).collect()
        };
        let raw_power_eib = over_history(16.6, 4.0);
        let qa_power_eib = over_history(18.7, 22.0);
        let burnt_fil: Vec<f64> = (0..=history_days).map(|day| 33.0e6 + 7300.0 * day as f64).collect();
        Self {
            start_day: 725,
            onboarded_raw_pib: over_history(11.0, 2.5),
            onboarded_qa_pib: over_history(35.0, 20.0),
            renewed_raw_pib: over_history(29.0, 9.0),
            renewed_qa_pib: over_history(30.0, 47.0),
            renewal_rate: over_history(0.6, 0.8)[..history_days].to_vec(),
            raw_known_expirations_pib: fading(12.0, KNOWN_DAYS, 300.0),
            qa_known_expirations_pib: fading(70.0, KNOWN_DAYS, 300.0),
            known_pledge_release_fil: fading(3.8e5, history_days + KNOWN_DAYS, 900.0),
            raw_power_zero_pib: raw_power_eib[history_days] * 1024.0,
            qa_power_zero_pib: qa_power_eib[history_days] * 1024.0,
            start_vested_fil: 2.96e8,
            zero_cum_capped_power_eib: 4090.0,
            init_baseline_eib: 10.96,
            circ_supply_zero_fil: 3.7e8,
            locked_zero_fil: 1.37e8,
            daily_burnt_fil: (burnt_fil[history_days] - burnt_fil[0]) / history_days as f64,
            raw_power_eib,
            qa_power_eib,
            burnt_fil,
        }
    }
}

/// Up to 6 % less at weekends.
fn ripple(day: usize) -> f64 {
    -0.02 * (day % 7).saturating_sub(3) as f64
}
