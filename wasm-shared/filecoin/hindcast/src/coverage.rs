//! How many bands held, and what that is worth.

use crate::errors::independent;
use crate::ranges::Band;
use crate::settles_after;

/// The share of outcomes that a band of nine tenths may hold and be called right.
const RIGHT: std::ops::RangeInclusive<f64> = 0.85..=0.95;

/// Forecasts whose time does not overlap, below which a coverage proves nothing.
const FEWEST_INDEPENDENT: usize = 5;

impl Band {
    /// Whether what came lies inside.
    #[must_use]
    pub fn holds(&self) -> bool {
        (self.low..=self.high).contains(&self.actual)
    }

    /// Gneiting and Raftery's interval score, in logarithms: the band's width, and twenty times what came lies outside.
    /// Smaller is better; it rewards neither a band that holds everything nor one that holds nothing.
    #[must_use]
    pub fn score(&self) -> f64 {
        const PENALTY: f64 = 2.0 / 0.1;
        let (low, high, actual) = (self.low.ln(), self.high.ln(), self.actual.ln());
        (high - low) + PENALTY * (low - actual).max(0.0) + PENALTY * (actual - high).max(0.0)
    }
}

/// What a way to make ranges is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It held 85 to 95 % of what came.
    Kept,
    /// It held more or less than that.
    Missed,
    /// Its forecasts overlap too much to say.
    Unproven,
}

impl Judgement {
    /// The word for it in replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Missed => "missed",
            Self::Unproven => "unproven",
        }
    }
}

/// How the bands of one variant, series and horizon did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Bands judged.
    pub origins: usize,
    /// Bands whose time does not overlap.
    pub independent: usize,
    /// The share that held.
    pub share: f64,
    /// The 95 % confidence interval of the share, as wide as the independent bands alone make it.
    pub interval: (f64, f64),
    /// The median of upper over lower end, less one: 0.2 is a band of a fifth.
    pub width: f64,
    /// The mean interval score, in logarithms.
    pub score: f64,
}

impl Coverage {
    /// Judges bands of one series and horizon, in the order of their days; `None` of none.
    #[must_use]
    pub fn of(bands: &[Band]) -> Option<Self> {
        let (first, last) = (bands.first()?, bands.last()?);
        let count = bands.len() as f64;
        let share = bands.iter().filter(|band| band.holds()).count() as f64 / count;
        let independent = independent(first.origin, last.origin, settles_after(first.series, first.horizon));
        let mut widths: Vec<f64> = bands.iter().map(|band| band.high / band.low - 1.0).collect();
        widths.sort_by(f64::total_cmp);
        Some(Self {
            origins: bands.len(),
            independent,
            share,
            interval: wilson(share, independent as f64),
            width: widths[widths.len() / 2],
            score: bands.iter().map(Band::score).sum::<f64>() / count,
        })
    }

    /// Whether the claim of nine tenths was kept.
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        if self.independent < FEWEST_INDEPENDENT {
            Judgement::Unproven
        } else if RIGHT.contains(&self.share) {
            Judgement::Kept
        } else {
            Judgement::Missed
        }
    }
}

/// Wilson's 95 % confidence interval of a share of so many.
#[must_use]
pub fn wilson(share: f64, count: f64) -> (f64, f64) {
    const Z: f64 = 1.959_963_985;
    let (z2, n) = (Z * Z, count);
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use economy::Series;

    use super::*;

    fn band(origin: usize, low: f64, high: f64, actual: f64) -> Band {
        Band { origin, horizon: 30, series: Series::CircSupply, low, high, actual }
    }

    #[test]
    fn the_interval_is_wilsons() {
        // statsmodels: proportion_confint(9, 10, method="wilson")
        let (low, high) = wilson(0.9, 10.0);
        assert!((low - 0.595_850).abs() < 1e-5 && (high - 0.982_124).abs() < 1e-5, "{low} {high}");
    }

    #[test]
    fn overlapping_forecasts_do_not_count_as_independent() {
        let bands: Vec<Band> = (0..9).map(|week| band(100 + 7 * week, 1.0, 2.0, 1.5)).collect();
        let coverage = Coverage::of(&bands).unwrap();
        assert_eq!((coverage.origins, coverage.independent), (9, 2));
        assert_eq!(coverage.judgement(), Judgement::Unproven);
    }

    #[test]
    fn a_band_that_holds_everything_misses_its_claim_too() {
        let months = |held: usize| -> Vec<Band> {
            (0..20).map(|month| band(30 * month, 1.0, 2.0, if month < held { 1.5 } else { 3.0 })).collect()
        };
        let judgement = |held| Coverage::of(&months(held)).unwrap().judgement();
        assert_eq!(judgement(20), Judgement::Missed);
        assert_eq!(judgement(18), Judgement::Kept);
        assert_eq!(judgement(16), Judgement::Missed);
    }

    #[test]
    fn a_miss_costs_more_than_width() {
        assert!(band(0, 1.0, 2.0, 2.1).score() > band(0, 1.0, 2.2, 2.1).score());
        assert!(band(0, 1.0, 2.0, 1.5).score() < band(0, 0.5, 4.0, 1.5).score());
    }
}
