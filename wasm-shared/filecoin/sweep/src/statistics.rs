//! Percentiles, means and rank correlations.

/// The percentiles that are given, in percent.
pub const PERCENTILES: [u8; 5] = [5, 25, 50, 75, 95];

/// What the runs say of one series on one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The [`PERCENTILES`], by linear interpolation between the two runs next to them (Hyndman and Fan's type 7, numpy's
    /// default). NaN where no run has a value.
    pub percentiles: [f64; PERCENTILES.len()],
    /// The mean. NaN where no run has a value.
    pub mean: f64,
    /// Runs without a value: NaN or infinite, as where the model divides by zero. They are left out of the rest.
    pub without_value: usize,
}

impl Summary {
    /// Summarises the values of all runs, in the order of the runs, so that the sum behind the mean is always the same.
    /// The values are sorted in place.
    #[must_use]
    pub fn of(values: &mut [f64]) -> Self {
        let mut finite = 0;
        let mut sum = 0.0;
        for place in 0..values.len() {
            let value = values[place];
            if value.is_finite() {
                values[finite] = value;
                finite += 1;
                sum += value;
            }
        }
        let without_value = values.len() - finite;
        let values = &mut values[..finite];
        values.sort_unstable_by(f64::total_cmp);
        Self {
            percentiles: PERCENTILES.map(|percent| percentile(values, f64::from(percent) / 100.0)),
            mean: if finite == 0 { f64::NAN } else { sum / finite as f64 },
            without_value,
        }
    }
}

/// A quantile of sorted values, type 7; NaN of none.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let below = (place as usize).min(last);
    let above = (below + 1).min(last);
    let (low, high) = (sorted[below], sorted[above]);
    low + (high - low) * (place - below as f64)
}

/// The ranks of values, each times two so that a mean of two ranks is a whole number: tied values share the mean of
/// their ranks.
#[must_use]
#[expect(clippy::cast_possible_wrap, reason = "twice the number of runs is far below 2^63")]
pub(crate) fn double_ranks(values: &[f64]) -> Vec<i64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    let mut ranks = vec![0; values.len()];
    let mut first = 0;
    // Equal as numbers, so that 0 and -0 tie.
    #[expect(clippy::float_cmp, reason = "ties are values that are the same")]
    for group in order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]) {
        let rank = (2 * first + group.len() + 1) as i64;
        for place in group {
            ranks[*place as usize] = rank;
        }
        first += group.len();
    }
    ranks
}

/// The correlation of two lists of ranks; `None` where one of them does not vary. Exact up to the last division: sums
/// of ranks of ten thousand runs are whole numbers below 2^63.
#[must_use]
#[expect(clippy::cast_possible_wrap, reason = "the number of runs is far below 2^63")]
pub(crate) fn correlation(a: &[i64], b: &[i64]) -> Option<f64> {
    let count = a.len() as i64;
    let sum = |ranks: &[i64]| ranks.iter().sum::<i64>();
    let product = |a: &[i64], b: &[i64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<i64>();
    let common = |a: &[i64], b: &[i64]| count * product(a, b) - sum(a) * sum(b);
    let (own_a, own_b) = (common(a, a), common(b, b));
    if own_a <= 0 || own_b <= 0 {
        return None;
    }
    let correlation = common(a, b) as f64 / (libm::sqrt(own_a as f64) * libm::sqrt(own_b as f64));
    Some(correlation.clamp(-1.0, 1.0))
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is exact is compared exactly")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the definition: the share of values below, found by trying.
    fn naive_percentile(values: &[f64], percent: u8) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let gaps = (sorted.len() - 1) as f64;
        let mut gap = 0;
        while gap + 1 < sorted.len() && (gap + 1) as f64 / gaps <= f64::from(percent) / 100.0 {
            gap += 1;
        }
        if gap + 1 == sorted.len() {
            return sorted[gap];
        }
        let weight = f64::from(percent) / 100.0 * gaps - gap as f64;
        sorted[gap] * (1.0 - weight) + sorted[gap + 1] * weight
    }

    /// Ranks by counting, and the correlation by its definition.
    fn naive_spearman(a: &[f64], b: &[f64]) -> f64 {
        let rank = |values: &[f64]| -> Vec<f64> {
            let below = |value: f64| values.iter().filter(|other| **other < value).count() as f64;
            let tied = |value: f64| values.iter().filter(|other| **other == value).count() as f64;
            values.iter().map(|value| below(*value) + f64::midpoint(tied(*value), 1.0)).collect()
        };
        let (a, b) = (rank(a), rank(b));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mean_a, mean_b) = (mean(&a), mean(&b));
        let sum = |of: &dyn Fn(usize) -> f64| (0..a.len()).map(of).sum::<f64>();
        let covariance = sum(&|run| (a[run] - mean_a) * (b[run] - mean_b));
        let spread = sum(&|run| (a[run] - mean_a).powi(2)) * sum(&|run| (b[run] - mean_b).powi(2));
        covariance / spread.sqrt()
    }

    /// Few different values, so that many tie.
    fn with_ties() -> impl Strategy<Value = Vec<(f64, f64)>> {
        let value = || prop_oneof![(-3..3_i32).prop_map(f64::from), -1e9..1e9];
        prop::collection::vec((value(), value()), 1..60)
    }

    proptest! {
        #[test]
        fn percentiles_and_mean_are_those_of_the_definition(values in prop::collection::vec(-1e12..1e12, 1..80)) {
            let summary = Summary::of(&mut values.clone());
            for (percent, found) in PERCENTILES.into_iter().zip(summary.percentiles) {
                let expected = naive_percentile(&values, percent);
                prop_assert!((found - expected).abs() <= 1e-3, "{percent}: {found} and {expected}");
            }
            prop_assert_eq!(summary.mean, values.iter().sum::<f64>() / values.len() as f64);
            prop_assert_eq!(summary.without_value, 0);
        }

        #[test]
        fn rank_correlation_is_that_of_the_definition(pairs in with_ties()) {
            let (a, b): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let found = correlation(&double_ranks(&a), &double_ranks(&b));
            let expected = naive_spearman(&a, &b);
            match found {
                Some(found) => prop_assert!((found - expected).abs() < 1e-12, "{found} and {expected}"),
                None => prop_assert!(expected.is_nan()),
            }
        }
    }

    #[test]
    fn runs_without_a_value_are_counted_and_left_out() {
        let with = Summary::of(&mut [3.0, f64::NAN, 1.0, f64::INFINITY, 2.0, f64::NEG_INFINITY]);
        assert_eq!(with, Summary { without_value: 3, ..Summary::of(&mut [3.0, 1.0, 2.0]) });
        let none = Summary::of(&mut [f64::NAN; 3]);
        assert!(none.percentiles.iter().chain([&none.mean]).all(|value| value.is_nan()));
        assert_eq!(none.without_value, 3);
    }

    #[test]
    fn a_single_run_is_every_percentile() {
        assert_eq!(Summary::of(&mut [7.0]).percentiles, [7.0; 5]);
    }

    #[test]
    fn the_largest_sweep_does_not_overflow_the_exact_sums() {
        let rising: Vec<f64> = (0..10_000).map(f64::from).collect();
        let falling: Vec<f64> = rising.iter().map(|value| -value).collect();
        let ranks = double_ranks(&rising);
        assert_eq!(correlation(&ranks, &ranks), Some(1.0));
        assert_eq!(correlation(&ranks, &double_ranks(&falling)), Some(-1.0));
    }

    #[test]
    fn what_does_not_vary_correlates_with_nothing() {
        assert_eq!(correlation(&double_ranks(&[1.0; 5]), &double_ranks(&[1.0, 2.0, 3.0, 4.0, 5.0])), None);
        assert_eq!(correlation(&[], &[]), None);
    }
}
