use chrono::{Datelike, NaiveDate};

/// A smooth curve through points, flat before the first and after the last.
///
/// Piecewise cubic with the slopes of Fritsch and Butland (1984): between two points it never leaves the range of their
/// values, so power does not overshoot and no flow becomes negative.
pub(super) struct Curve {
    points: Vec<Point>,
}

struct Point {
    day: f64,
    value: f64,
    slope: f64,
}

impl Curve {
    /// The curve through points of a day and a value, the days ascending.
    pub(super) fn through(points: &[(f64, f64)]) -> Self {
        let rises: Vec<(f64, f64)> = points
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0, (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)))
            .collect();
        let slope = |index: usize| match (
            index.checked_sub(1).and_then(|before| rises.get(before)),
            rises.get(index),
        ) {
            (Some(&(before, rise_before)), Some(&(after, rise_after))) if rise_before * rise_after > 0.0 => {
                // The harmonic mean of the two slopes, the nearer neighbour's weighing more.
                let (weight_before, weight_after) = (2.0 * after + before, after + 2.0 * before);
                (weight_before + weight_after) / (weight_before / rise_before + weight_after / rise_after)
            }
            // Flat at the ends, as beyond them, and where the values turn.
            _ => 0.0,
        };
        let points =
            points.iter().enumerate().map(|(index, &(day, value))| Point { day, value, slope: slope(index) });
        Self { points: points.collect() }
    }

    /// The values of `days` days from `first` on.
    pub(super) fn daily(&self, first: NaiveDate, days: usize) -> Vec<f64> {
        (0..days).map(|day| self.at(f64::from(first.num_days_from_ce()) + day as f64)).collect()
    }

    fn at(&self, day: f64) -> f64 {
        let after = self.points.partition_point(|point| point.day <= day);
        let neighbours =
            (after.checked_sub(1).and_then(|before| self.points.get(before)), self.points.get(after));
        let (before, after) = match neighbours {
            (Some(before), Some(after)) => (before, after),
            (Some(only), None) | (None, Some(only)) => return only.value,
            (None, None) => return f64::NAN,
        };
        // Cubic Hermite interpolation.
        let width = after.day - before.day;
        let t = (day - before.day) / width;
        let s = 1.0 - t;
        s * s * ((1.0 + 2.0 * t) * before.value + t * width * before.slope)
            + t * t * ((1.0 + 2.0 * s) * after.value - s * width * after.slope)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_curve_meets_its_points_and_stays_between_neighbours(
            steps in prop::collection::vec((1.0f64..40.0, 0.0f64..100.0), 1..20),
            between in 0.0f64..1.0,
        ) {
            let mut day = 0.0;
            let points: Vec<(f64, f64)> = steps.iter().map(|&(step, value)| { day += step; (day, value) }).collect();
            let curve = Curve::through(&points);
            for &(day, value) in &points {
                prop_assert!((curve.at(day) - value).abs() <= 1e-12 * value);
            }
            for pair in points.windows(2) {
                let value = curve.at(pair[0].0 + between * (pair[1].0 - pair[0].0));
                let (low, high) = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
                prop_assert!((low - 1e-9..=high + 1e-9).contains(&value), "{value} between {low} and {high}");
            }
            prop_assert_eq!(curve.at(-1.0).to_bits(), points[0].1.to_bits());
            prop_assert_eq!(curve.at(day + 1.0).to_bits(), points[points.len() - 1].1.to_bits());
        }
    }
}
