//! Ranges: bands around a forecast that claim to hold nine of ten outcomes, and how many they held.

use economy::{Assumptions, Control, Series, Workspace, constants::ONE_YEAR_DAYS, fip0081};
use network_data::Snapshot;

use crate::drive::Drive;
use crate::errors::hindcast;
use crate::model::{Engine, HindcastError};
use crate::origin::Origin;
use crate::paths::{Controls, Draws, LevelWalk, MeanReverting, Past};
use crate::quantile::{lower, quantile, sorted, upper};
use crate::truth::Truth;
use crate::{HORIZONS, Miss, ORIGIN_STEP, origins, settles_after};

/// The series that ranges are made of.
pub const RANGED: [Series; 9] = [
    Series::RbTotalPowerEib,
    Series::QaTotalPowerEib,
    Series::DayNetworkReward,
    Series::NetworkLocked,
    Series::CircSupply,
    Series::DayPledgePerQap,
    Series::DayRewardsPerSector,
    Series::OneYearReturnPerSector,
    Series::OneYearSectorRoi,
];

/// The fewest past errors of which a twentieth on either side can be told: split conformal prediction needs nineteen.
pub const MIN_PAST_ERRORS: usize = 19;

/// The share outside a band, both sides together.
const OUTSIDE: f64 = 0.1;

/// The first day with ranges: by then every bootstrap has its days.
const FIRST_RANGE: usize = 365;

/// Runs of a simulated range.
const RUNS: usize = 200;

/// A way to make a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Blocks of the last days, one after the other: what a sweep's `bootstrap` does.
    Bootstrap {
        /// Days of the past that are drawn from.
        last_days: usize,
        /// Days of a block.
        block_days: usize,
    },
    /// Autoregressions around the mean of the last days.
    MeanReverting {
        /// Days of the past that they are fitted to.
        last_days: usize,
    },
    /// A random walk of the months' medians, with the monthly steps of the whole past.
    LevelWalk,
    /// The default forecast times what came over what was forecast, in past forecasts (split conformal prediction).
    PastErrors {
        /// The newest past errors that count; all of them where none.
        newest: Option<usize>,
    },
    /// The same, with the level moved after each band that held or did not (adaptive conformal prediction).
    Adaptive {
        /// The newest past errors that count; all of them where none.
        newest: Option<usize>,
    },
    /// A sweep's bootstrap (180 days, blocks of 14), each side moved by what past bands of it missed.
    WidenedBootstrap,
    /// The random walk, each side moved by what past bands of it missed.
    WidenedWalk,
}

/// The variants that are compared.
#[must_use]
pub fn variants() -> Vec<Variant> {
    let mut all = Vec::new();
    for last_days in [90, 180, 365] {
        for block_days in [7, 14, 30, 90] {
            all.push(Variant::Bootstrap { last_days, block_days });
        }
    }
    all.extend([Variant::MeanReverting { last_days: 180 }, Variant::MeanReverting { last_days: 365 }]);
    all.extend([Variant::LevelWalk, Variant::PastErrors { newest: None }]);
    all.extend([Variant::PastErrors { newest: Some(52) }, Variant::Adaptive { newest: None }]);
    all.push(Variant::Adaptive { newest: Some(52) });
    all.extend([Variant::WidenedBootstrap, Variant::WidenedWalk]);
    all
}

/// The bootstrap that a sweep draws where its caller says nothing.
const OF_SWEEPS: Variant = Variant::Bootstrap { last_days: 180, block_days: 14 };

impl Variant {
    /// What it is, in a few words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Bootstrap { last_days, block_days } => {
                format!("bootstrap of {last_days} days, blocks of {block_days}")
            }
            Self::MeanReverting { last_days } => format!("mean-reverting fit to {last_days} days"),
            Self::LevelWalk => "random walk of monthly medians".to_owned(),
            Self::PastErrors { newest: None } => "errors of past forecasts".to_owned(),
            Self::PastErrors { newest: Some(newest) } => format!("errors of the last {newest} forecasts"),
            Self::Adaptive { newest: None } => "errors of past forecasts, adaptive".to_owned(),
            Self::Adaptive { newest: Some(newest) } => {
                format!("errors of the last {newest} forecasts, adaptive")
            }
            Self::WidenedBootstrap => "bootstrap of 180 days, blocks of 14, moved by past misses".to_owned(),
            Self::WidenedWalk => "random walk of monthly medians, moved by past misses".to_owned(),
        }
    }
}

/// A range that was given on a past day, and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The day it was given on.
    pub origin: usize,
    /// Days ahead.
    pub horizon: usize,
    /// The series.
    pub series: Series,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// What came.
    pub actual: f64,
}

/// The bands of every variant on past days, each made of nothing but what was known on its day: for every variant those
/// of the days on which all variants have one.
///
/// # Errors
///
/// A past that is no network.
pub fn backtest(network: &Snapshot, truth: &Truth) -> Result<Vec<(Variant, Vec<Band>)>, HindcastError> {
    let defaults: Vec<Miss> = hindcast(network, truth, Drive::Defaults, &Engine)?
        .into_iter()
        .filter(|miss| RANGED.contains(&miss.series))
        .collect();
    let walk = simulated(network, truth, Variant::LevelWalk, crate::FIRST_ORIGIN)?;
    let bootstrap = simulated(network, truth, OF_SWEEPS, crate::FIRST_ORIGIN)?;
    let mut bands = Vec::new();
    for variant in variants() {
        let made = match variant {
            Variant::PastErrors { newest } => from_past_errors(&defaults, newest),
            Variant::Adaptive { newest } => adaptive(&defaults, newest),
            Variant::WidenedBootstrap => moved(&bootstrap),
            Variant::WidenedWalk => moved(&walk),
            Variant::LevelWalk => walk.clone(),
            OF_SWEEPS => bootstrap.clone(),
            other => simulated(network, truth, other, FIRST_RANGE)?,
        };
        bands.push((variant, made));
    }
    for (_, made) in &mut bands {
        made.retain(|band| band.origin >= first_judged(band));
    }
    Ok(bands)
}

/// The first day on which every variant has a band: enough forecasts have met what came, and so have enough bands of the
/// walk, which itself needs four months.
fn first_judged(band: &Band) -> usize {
    let walks = 4 * 30;
    FIRST_RANGE.max(walks + settles_after(band.series, band.horizon) + MIN_PAST_ERRORS * ORIGIN_STEP)
}

/// The ways to make a band that need nothing but errors of past forecasts, and so give factors for any default forecast.
pub const OF_ERRORS: [Variant; 4] = [
    Variant::PastErrors { newest: None },
    Variant::PastErrors { newest: Some(52) },
    Variant::Adaptive { newest: None },
    Variant::Adaptive { newest: Some(52) },
];

/// By which factors today's default forecast is to be multiplied for the lower and the upper end of a band of one of
/// [`OF_ERRORS`]; `None` where past errors are too few, and of any other way.
#[must_use]
pub fn present_factors(
    defaults: &[Miss],
    series: Series,
    horizon: usize,
    way: Variant,
) -> Option<(f64, f64)> {
    let chosen: Vec<Miss> = of(defaults, series, horizon).copied().collect();
    let (newest, outside) = match way {
        Variant::PastErrors { newest } => (newest, OUTSIDE),
        Variant::Adaptive { newest } => (newest, adapted(&chosen, settles_after(series, horizon), newest).1),
        _ => return None,
    };
    let (low, high) = ends(&settled(&chosen, 0, usize::MAX, newest), outside)?;
    Some((low.exp(), high.exp()))
}

/// The errors between which a band of a claim lies. Where so small a share cannot be told, the largest errors seen; `None`
/// where they are too few for any claim.
fn ends(past: &[f64], outside: f64) -> Option<(f64, f64)> {
    let (smallest, largest) = (past.first()?, past.last()?);
    (past.len() >= MIN_PAST_ERRORS).then_some(())?;
    let low = lower(past, outside / 2.0).unwrap_or(*smallest);
    let high = upper(past, 1.0 - outside / 2.0).unwrap_or(*largest);
    Some((low, high))
}

fn of(misses: &[Miss], series: Series, horizon: usize) -> impl Iterator<Item = &Miss> {
    misses.iter().filter(move |miss| miss.series == series && miss.horizon == horizon)
}

fn each_series_and_horizon() -> impl Iterator<Item = (Series, usize)> {
    RANGED.into_iter().flat_map(|series| HORIZONS.map(|horizon| (series, horizon)))
}

fn band(miss: &Miss, low: f64, high: f64) -> Band {
    let Miss { origin, horizon, series, actual, .. } = *miss;
    Band { origin, horizon, series, low, high, actual }
}

/// The errors of the forecasts that had settled by a day, the newest or all, sorted.
fn settled(chosen: &[Miss], settles: usize, by: usize, newest: Option<usize>) -> Vec<f64> {
    let mut past: Vec<f64> =
        chosen.iter().filter(|past| past.origin + settles <= by).map(Miss::log_ratio).collect();
    if let Some(newest) = newest {
        past.drain(..past.len().saturating_sub(newest));
    }
    sorted(past.into_iter())
}

/// The default forecast, times the ratios of the forecasts whose time had come.
fn from_past_errors(defaults: &[Miss], newest: Option<usize>) -> Vec<Band> {
    let mut bands = Vec::new();
    for (series, horizon) in each_series_and_horizon() {
        let settles = settles_after(series, horizon);
        let chosen: Vec<Miss> = of(defaults, series, horizon).copied().collect();
        for miss in &chosen {
            if let Some((low, high)) = ends(&settled(&chosen, settles, miss.origin, newest), OUTSIDE) {
                bands.push(band(miss, miss.forecast * low.exp(), miss.forecast * high.exp()));
            }
        }
    }
    bands
}

/// How far the level moves after a band that did not hold.
const ADAPTATION: f64 = 0.05;

/// The default forecast times past ratios, at a level that follows how many bands held: Gibbs and Candès, 2021.
fn adaptive(defaults: &[Miss], newest: Option<usize>) -> Vec<Band> {
    let bands = each_series_and_horizon().map(|(series, horizon)| {
        let chosen: Vec<Miss> = of(defaults, series, horizon).copied().collect();
        adapted(&chosen, settles_after(series, horizon), newest).0
    });
    bands.flatten().collect()
}

/// Those of one series and horizon, and the share that a band may leave outside after the last of them.
fn adapted(chosen: &[Miss], settles: usize, newest: Option<usize>) -> (Vec<Band>, f64) {
    let mut given: Vec<Band> = Vec::new();
    let (mut outside, mut seen) = (OUTSIDE, 0);
    let mut learn = |given: &[Band], by: usize| {
        while let Some(due) = given.get(seen).filter(|due| due.origin + settles <= by) {
            let missed = if due.holds() { 0.0 } else { 1.0 };
            outside = (outside + ADAPTATION * (OUTSIDE - missed)).clamp(0.0, 0.5);
            seen += 1;
        }
        outside
    };
    for miss in chosen {
        let outside = learn(&given, miss.origin);
        if let Some((low, high)) = ends(&settled(chosen, settles, miss.origin, newest), outside) {
            given.push(band(miss, miss.forecast * low.exp(), miss.forecast * high.exp()));
        }
    }
    let outside = learn(&given, usize::MAX);
    (given, outside)
}

/// Bands whose sides are moved by what bands of the same kind missed, or had to spare, in the past.
fn moved(bands: &[Band]) -> Vec<Band> {
    let mut all = Vec::new();
    for (series, horizon) in each_series_and_horizon() {
        let settles = settles_after(series, horizon);
        let chosen: Vec<&Band> =
            bands.iter().filter(|band| band.series == series && band.horizon == horizon).collect();
        for now in &chosen {
            let past = || chosen.iter().filter(|past| past.origin + settles <= now.origin);
            let below = sorted(past().map(|past| (past.low / past.actual).ln()));
            let above = sorted(past().map(|past| (past.actual / past.high).ln()));
            let level = 1.0 - OUTSIDE / 2.0;
            if let (Some(below), Some(above)) = (upper(&below, level), upper(&above, level)) {
                let (low, high) = (now.low * (-below).exp(), now.high * above.exp());
                all.push(Band { low: low.min(high), high: high.max(low), ..**now });
            }
        }
    }
    all
}

/// The bands of a variant that simulates: the 5th and 95th percentile of its runs.
fn simulated(
    network: &Snapshot,
    truth: &Truth,
    variant: Variant,
    first: usize,
) -> Result<Vec<Band>, HindcastError> {
    let mut bands = Vec::new();
    for day in origins(network.historical_days()).filter(|day| *day >= first) {
        let horizons: Vec<usize> =
            HORIZONS.into_iter().filter(|horizon| day + horizon <= network.historical_days()).collect();
        let Some(longest) = horizons.last() else { continue };
        let origin = Origin::new(network, day)?;
        let days = longest + ONE_YEAR_DAYS + 1;
        let Some(values) = runs(&origin, variant, days, &horizons)? else { continue };
        for (place, (series, horizon)) in RANGED
            .into_iter()
            .flat_map(|series| horizons.iter().map(move |horizon| (series, *horizon)))
            .enumerate()
        {
            let Some(actual) = truth.on(series, day + horizon) else { continue };
            let drawn =
                sorted(values[place].iter().copied().filter(|value| value.is_finite() && *value > 0.0));
            if drawn.len() > RUNS / 2 {
                let (low, high) = (quantile(&drawn, OUTSIDE / 2.0), quantile(&drawn, 1.0 - OUTSIDE / 2.0));
                bands.push(Band { origin: day, horizon, series, low, high, actual });
            }
        }
    }
    Ok(bands)
}

/// What the runs give, for each series and horizon; `None` where the past is too short for the variant.
fn runs(
    origin: &Origin,
    variant: Variant,
    days: usize,
    horizons: &[usize],
) -> Result<Option<Vec<Vec<f64>>>, HindcastError> {
    let known = origin.known();
    let history = known.history();
    let gamma = fip0081::schedule(history.start_day, history.days() + days);
    let Some(mut make) = maker(known, variant) else { return Ok(None) };
    let mut workspace = Workspace::new(history);
    let mut controls = Controls::default();
    let mut values = vec![Vec::with_capacity(RUNS); RANGED.len() * horizons.len()];
    for run in 0..RUNS {
        make(&mut Draws::new(origin.day(), run), days, &mut controls);
        let [onboarding, renewal, fil_plus] = &controls.daily;
        let assumptions = Assumptions::protocol(
            history.days(),
            days,
            Control::Daily(onboarding),
            Control::Daily(renewal),
            Control::Daily(fil_plus),
            &gamma,
        );
        let forecast = workspace.forecast(&assumptions)?;
        let places =
            RANGED.into_iter().flat_map(|series| horizons.iter().map(move |horizon| (series, *horizon)));
        for (column, (series, horizon)) in values.iter_mut().zip(places) {
            column.push(forecast.series(series).get(origin.day() + horizon).copied().unwrap_or(f64::NAN));
        }
    }
    Ok(Some(values))
}

type Maker = Box<dyn FnMut(&mut Draws, usize, &mut Controls)>;

/// What makes the paths of a variant from a past, where it simulates and the past is long enough.
fn maker(known: &Snapshot, variant: Variant) -> Option<Maker> {
    Some(match variant {
        Variant::Bootstrap { last_days, block_days } => {
            let past = Past::of(known, last_days.min(known.historical_days()))?;
            if block_days > known.historical_days() {
                return None;
            }
            Box::new(move |draws, days, into| past.bootstrap(draws, block_days, days, into))
        }
        Variant::MeanReverting { last_days } => {
            let fit = MeanReverting::fit(&Past::of(known, last_days)?);
            Box::new(move |draws, days, into| fit.path(draws, days, into))
        }
        Variant::LevelWalk => {
            let walk = LevelWalk::fit(&Past::of(known, known.historical_days())?)?;
            Box::new(move |draws, days, into| walk.path(draws, days, into))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: Series = Series::CircSupply;

    /// Weekly forecasts of 100, thirty days ahead, and what came of them.
    fn weekly(actual: impl Fn(usize) -> f64, count: usize) -> Vec<Miss> {
        (0..count)
            .map(|week| Miss {
                origin: 7 * week,
                horizon: 30,
                series: SERIES,
                forecast: 100.0,
                actual: actual(week),
            })
            .collect()
    }

    /// Errors between a tenth too low and a tenth too high, in no order.
    fn scattered(week: usize) -> f64 {
        90.0 + (week * 37 % 101) as f64 / 5.0
    }

    #[test]
    fn a_band_knows_nothing_of_forecasts_that_have_not_settled() {
        let change_from = 60;
        let before = weekly(scattered, 100);
        let after =
            weekly(|week| if week < change_from { scattered(week) } else { 1.5 * scattered(week) }, 100);
        let knowing = |band: &&Band| band.origin >= 7 * change_from + 30;
        for make in
            [|misses: &[Miss]| from_past_errors(misses, None), |misses: &[Miss]| adaptive(misses, Some(52))]
        {
            let (before, after) = (make(&before), make(&after));
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(&after).filter(|(band, _)| !knowing(band)) {
                assert_eq!(
                    (before.low, before.high),
                    (after.low, after.high),
                    "given on day {}",
                    before.origin
                );
            }
            assert!(before.iter().zip(&after).any(|(before, after)| before.high != after.high));
        }
    }

    #[test]
    fn bands_of_past_errors_hold_nine_of_ten_where_errors_do_not_change() {
        let bands = from_past_errors(&weekly(scattered, 500), None);
        let held = bands.iter().filter(|band| band.holds()).count() as f64 / bands.len() as f64;
        assert!((0.87..=0.95).contains(&held), "{held}");
        assert!(bands.len() > 450 && bands[0].origin >= 30 + 7 * (MIN_PAST_ERRORS - 1));
    }

    #[test]
    fn an_adaptive_band_widens_where_bands_miss() {
        // A few large errors long ago, small ones since, then middling ones.
        let changing = weekly(
            |week| {
                let size = if week < 10 { 2.0 } else { [0.2, 1.5][usize::from(week >= 250)] };
                100.0 + size * (scattered(week) - 100.0)
            },
            400,
        );
        let held = |bands: &[Band]| bands.iter().filter(|band| band.holds()).count();
        assert!(held(&adaptive(&changing, None)) > held(&from_past_errors(&changing, None)));
    }

    #[test]
    fn a_band_is_moved_by_what_bands_like_it_missed() {
        // Always ten per cent too low, and as narrow as can be.
        let narrow: Vec<Band> = weekly(scattered, 200)
            .iter()
            .map(|miss| Band { low: 89.0, high: 91.0, ..band(miss, 0.0, 0.0) })
            .collect();
        let moved = moved(&narrow);
        let held = moved.iter().filter(|band| band.holds()).count() as f64 / moved.len() as f64;
        assert!((0.85..=0.97).contains(&held), "{held}");
    }

    #[test]
    fn todays_adaptive_band_is_the_one_that_would_be_given_next() {
        let changing = |week: usize| {
            let size = [0.3, 1.5][usize::from(week >= 150)];
            100.0 + size * (scattered(week) - 100.0)
        };
        // The newest forecast meets all errors before it settled; its own does not count for it.
        let known = weekly(changing, 200);
        let next = Miss { origin: 7 * 205, horizon: 30, series: SERIES, forecast: 100.0, actual: 100.0 };
        let with_next: Vec<Miss> = known.iter().copied().chain([next]).collect();
        for newest in [None, Some(52)] {
            let given = *adaptive(&with_next, newest).last().unwrap();
            let (low, high) = present_factors(&known, SERIES, 30, Variant::Adaptive { newest }).unwrap();
            assert_eq!((given.low, given.high), (100.0 * low, 100.0 * high));
        }
        let plain = present_factors(&known, SERIES, 30, Variant::PastErrors { newest: None });
        assert_ne!(plain, present_factors(&known, SERIES, 30, Variant::Adaptive { newest: None }));
    }

    #[test]
    fn todays_band_is_made_of_the_errors_of_the_past() {
        let misses = weekly(scattered, 100);
        for way in OF_ERRORS {
            let (low, high) = present_factors(&misses, SERIES, 30, way).unwrap();
            assert!((0.9..0.92).contains(&low) && (1.08..1.11).contains(&high), "{low} {high}");
            assert_eq!(present_factors(&misses[..MIN_PAST_ERRORS - 1], SERIES, 30, way), None);
            assert_eq!(present_factors(&misses, SERIES, 90, way), None);
        }
        assert_eq!(present_factors(&misses, SERIES, 30, OF_SWEEPS), None);
    }
}
