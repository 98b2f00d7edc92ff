//! From a history to an assumption: the median of its last days.

use crate::constants::defaults::SMOOTHING_DAYS;

/// The median of the last 30 values, or of all if there are fewer: what a forecast assumes for onboarding, renewal rate
/// and FIL+ rate unless told otherwise. Of an even number, the mean of the two in the middle. `None` of nothing; NaN if
/// one of the values is.
#[must_use]
pub fn smoothed(history: &[f64]) -> Option<f64> {
    median(&history[history.len().saturating_sub(SMOOTHING_DAYS)..])
}

/// The median; of an even number of values the mean of the two in the middle. `None` of nothing; NaN if one of the
/// values is.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.iter().any(|value| value.is_nan()) {
        return Some(f64::NAN);
    }
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[middle - 1], upper) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_middles() {
        assert_eq!(median(&[3.0, -1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), Some(3.0));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_value_that_is_no_number_is_not_hidden() {
        assert!(median(&[1.0, f64::NAN, 3.0]).unwrap().is_nan());
        assert!(median(&[-f64::NAN, 1.0, 3.0]).unwrap().is_nan());
    }

    #[test]
    fn only_the_last_thirty_days_count() {
        let mut history = vec![1000.0; 200];
        history.extend([2.0; 30]);
        assert_eq!(smoothed(&history), Some(2.0));
        assert_eq!(smoothed(&history[..10]), Some(1000.0));
        assert_eq!(smoothed(&[]), None);
    }
}
