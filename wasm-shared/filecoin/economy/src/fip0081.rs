//! The weight of the baseline in the consensus pledge, by the protocol's own history.
//!
//! FIP-0081 splits the consensus pledge into a simple part (a share of the network's quality-adjusted power) and a
//! baseline part (a share of the larger of that and the baseline). The baseline's weight `gamma` is 1 until activation
//! and then falls linearly to 0.7 within a year. Day numbers are days since network start, 2020-10-15.

/// Day of the activation, 2024-11-21: the first whole day of network version 24, whose upgrade epoch (4461240, the last
/// hour of the day before) is the FIP's ramp start.
pub const ACTIVATION_DAY: u32 = 1498;

/// Days of the ramp: the FIP's year of 1,051,200 epochs of 30 seconds.
pub const RAMP_DAYS: u32 = 365;

/// What `gamma` loses over the ramp.
pub const RAMP_FALL: f64 = 0.3;

/// The weight of the baseline on a day.
#[must_use]
pub fn gamma(day: u32) -> f64 {
    let into_ramp = day.saturating_sub(ACTIVATION_DAY).min(RAMP_DAYS);
    1.0 - RAMP_FALL * f64::from(into_ramp) / f64::from(RAMP_DAYS)
}

/// The weights of consecutive days: history and forecast alike.
#[must_use]
pub fn schedule(start_day: u32, days: usize) -> Vec<f64> {
    (start_day..).take(days).map(gamma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_is_one_through_activation_and_seven_tenths_a_year_later() {
        assert_eq!([gamma(0), gamma(ACTIVATION_DAY - 1), gamma(ACTIVATION_DAY)], [1.0; 3]);
        assert_eq!([gamma(ACTIVATION_DAY + RAMP_DAYS), gamma(u32::MAX)], [0.7; 2]);
        assert!(gamma(ACTIVATION_DAY + 1) < 1.0 && gamma(ACTIVATION_DAY + RAMP_DAYS - 1) > 0.7);
        // 2025-09-09, the current date of the reference data, is day 292 of the ramp.
        assert!((gamma(1790) - 0.76).abs() < 1e-15);
    }

    #[test]
    fn the_ramp_falls_by_the_same_amount_every_day() {
        let ramp = schedule(ACTIVATION_DAY, RAMP_DAYS as usize + 1);
        for pair in ramp.windows(2) {
            assert!((pair[0] - pair[1] - 0.3 / 365.0).abs() < 1e-15);
        }
    }

    #[test]
    fn the_activation_day_is_its_date() {
        let network_start = chrono::NaiveDate::from_ymd_opt(2020, 10, 15).unwrap();
        let activation = chrono::NaiveDate::from_ymd_opt(2024, 11, 21).unwrap();
        assert_eq!((activation - network_start).num_days(), i64::from(ACTIVATION_DAY));
    }
}
