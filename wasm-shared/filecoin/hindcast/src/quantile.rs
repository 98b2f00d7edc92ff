//! Quantiles of errors.

/// The quantile of sorted values by linear interpolation, numpy's default; NaN of nothing.
pub(crate) fn quantile(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = level * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

pub(crate) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value that a new one, exchangeable with these, stays below with at least this probability (split conformal
/// prediction): the `ceil((n + 1) level)`-th smallest. `None` where there are too few for it.
pub(crate) fn upper(sorted: &[f64], level: f64) -> Option<f64> {
    let place = ((sorted.len() + 1) as f64 * level - 1e-9).ceil() as usize;
    sorted.get(place.checked_sub(1)?).copied()
}

/// The same from below.
pub(crate) fn lower(sorted: &[f64], level: f64) -> Option<f64> {
    let place = ((sorted.len() + 1) as f64 * level + 1e-9).floor() as usize;
    sorted.get(place.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [1.0, 2.0, 4.0, 8.0];
        // numpy.quantile([1, 2, 4, 8], [0, 0.1, 0.5, 0.95, 1])
        let found = [0.0, 0.1, 0.5, 0.95, 1.0].map(|level| quantile(&values, level));
        for (found, expected) in found.into_iter().zip([1.0, 1.3, 3.0, 7.4, 8.0]) {
            assert!((found - expected).abs() < 1e-12, "{found} and not {expected}");
        }
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn nineteen_errors_are_the_fewest_for_a_twentieth_on_either_side() {
        let errors: Vec<f64> = (1..=19).map(f64::from).collect();
        assert_eq!((lower(&errors, 0.05), upper(&errors, 0.95)), (Some(1.0), Some(19.0)));
        assert_eq!((lower(&errors[1..], 0.05), upper(&errors[1..], 0.95)), (None, None));
    }
}
