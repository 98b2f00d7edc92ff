//! Minimum and maximum that let NaN through, as the reference model's do. `f64::min` and `f64::max` would drop it and
//! turn a meaningless forecast into a plausible one.

/// The smaller number, or NaN if either is.
#[inline]
pub(crate) fn min(a: f64, b: f64) -> f64 {
    if a < b || a.is_nan() { a } else { b }
}

/// The larger number, or NaN if either is.
#[inline]
pub(crate) fn max(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_survives_on_either_side() {
        for number in [f64::NEG_INFINITY, -1.0, 0.0, 1.0, f64::INFINITY, f64::NAN] {
            for result in
                [min(f64::NAN, number), min(number, f64::NAN), max(f64::NAN, number), max(number, f64::NAN)]
            {
                assert!(result.is_nan());
            }
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert_eq!((min(1.0, 2.0), min(2.0, 1.0), max(1.0, 2.0), max(2.0, 1.0)), (1.0, 1.0, 2.0, 2.0));
        assert_eq!(
            (min(f64::NEG_INFINITY, 0.0), max(f64::INFINITY, 0.0)),
            (f64::NEG_INFINITY, f64::INFINITY)
        );
    }
}
