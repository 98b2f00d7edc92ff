//! What the model does differently from the chain, each judged by its effect.

use std::borrow::Cow;

use economy::constants::{
    BASELINE_GROWTH_PER_DAY, BASELINE_MINTING_FIL, DISBURSED_RESERVE_FIL, GENESIS_BASELINE_EIB,
    LOCKED_SHARE_OF_REWARD, MINTING_DECAY_PER_DAY, REWARD_VESTING_DAYS, SIMPLE_MINTING_FIL,
};
use economy::{Assumptions, Control, Series, defaults, fip0081, forecast};
use hindcast::{Drive, Engine, Model, hindcast, summarise};

use crate::Judged;

/// Sectors that last another number of days than the default.
struct Lasting(usize);

impl Model for Lasting {
    fn assumptions<'a>(&self, given: &Assumptions<'a>) -> Assumptions<'a> {
        Assumptions { sector_duration_days: self.0, ..*given }
    }
}

/// What falls due on a day is renewed on that day, not on the next.
struct SameDay;

impl Model for SameDay {
    fn expirations<'a>(&self, on_the_books: &'a [f64]) -> Cow<'a, [f64]> {
        Cow::Borrowed(on_the_books.get(1..).unwrap_or_default())
    }
}

/// The pledge of the history weighted by the baseline alone, as the original has it, instead of by FIP-0081's ramp.
struct GammaOne;

impl Model for GammaOne {
    fn assumptions<'a>(&self, given: &Assumptions<'a>) -> Assumptions<'a> {
        Assumptions { historical_gamma: Control::Constant(1.0), ..*given }
    }
}

/// The decay of minting in single precision, as one runtime of the original has it.
struct SinglePrecision;

impl Model for SinglePrecision {
    fn assumptions<'a>(&self, given: &Assumptions<'a>) -> Assumptions<'a> {
        Assumptions { lambda: f64::from(MINTING_DECAY_PER_DAY as f32), ..*given }
    }
}

const SHOWN: [Series; 4] =
    [Series::RbTotalPowerEib, Series::QaTotalPowerEib, Series::NetworkLocked, Series::CircSupply];

pub(crate) fn tables(judged: &Judged) -> String {
    lifetimes(judged)
        + &one_day_apart(judged)
        + &with_and_without(judged)
        + &at_the_start(judged)
        + &without_effect(judged)
}

fn row(name: &str, judged: &Judged, drive: Drive, model: &impl Model, horizon: usize) -> String {
    let misses = hindcast(&judged.network, &judged.truth, drive, model).unwrap();
    let cells: Vec<String> = SHOWN
        .into_iter()
        .map(|series| {
            summarise(&misses, series, horizon).map_or("-".to_owned(), |summary| {
                format!("{:.1} ({:+.1})", 100.0 * summary.mape, 100.0 * summary.bias)
            })
        })
        .collect();
    format!("| {name} | {} |\n", cells.join(" | "))
}

fn heading(first: &str) -> String {
    let names: Vec<String> = SHOWN.iter().map(|series| format!("`{}`", series.name())).collect();
    format!("| {first} | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(SHOWN.len()))
}

fn lifetimes(judged: &Judged) -> String {
    let mut text = format!(
        "### How long a sector lasts\n\nMean absolute error a year ahead in per cent, the bias in brackets, by the days that onboarded and renewed sectors are assumed to last (`sector_duration_days`; {} is the default).\n\n",
        defaults::SECTOR_DURATION_DAYS
    );
    text += &heading("lifetime, given");
    for drive in [Drive::Defaults, Drive::Controls] {
        for days in [180, 240, 360, defaults::SECTOR_DURATION_DAYS] {
            text += &row(&format!("{days} days, {}", drive.name()), judged, drive, &Lasting(days), 365);
        }
    }
    text + "\n"
}

fn one_day_apart(judged: &Judged) -> String {
    let mut text = "### Renewed a day late (Q1)\n\nThe same a year ahead where all that really happened is given: as the model has it, and with what falls due renewed on its own day.\n\n".to_owned();
    text += &heading("given events");
    text += &row("a day late, as the model has it", judged, Drive::Events, &Engine, 365);
    text += &row("on its day", judged, Drive::Events, &SameDay, 365);
    text + "\n"
}

/// Those that a hindcast can switch off, by the error with and without.
fn with_and_without(judged: &Judged) -> String {
    let mut text = "### Gamma on history, and the decay's digits: the error with and without\n\nBy that day's defaults, a quarter ahead (forecasts a year ahead that have settled began before the ramp did). Neither moves power, which the chain reports; locked FIL and supply are held against what the model as it is makes of the past, so a difference here is an effect, and no proof of either side.\n\n".to_owned();
    text += &heading("given defaults");
    text += &row("as the product has it", judged, Drive::Defaults, &Engine, 90);
    text += &row("gamma 1 on the history", judged, Drive::Defaults, &GammaOne, 90);
    text += &row("decay in single precision", judged, Drive::Defaults, &SinglePrecision, 90);
    text + "\n"
}

/// FIL minted by the minting formulas on a network day, for a cumulative power and a genesis baseline.
fn minted(day: f64, cumulative: f64, genesis: f64) -> f64 {
    let time = (BASELINE_GROWTH_PER_DAY * cumulative / genesis + 1.0).ln() / BASELINE_GROWTH_PER_DAY;
    BASELINE_MINTING_FIL * (1.0 - (-MINTING_DECAY_PER_DAY * time).exp())
        + SIMPLE_MINTING_FIL * (1.0 - (-MINTING_DECAY_PER_DAY * day).exp())
}

/// The actors' baseline at genesis, EiB: 2.88888888e18 bytes.
const ACTORS_GENESIS_EIB: f64 = 2.888_888_88e18 / 1_152_921_504_606_846_976.0;

/// What the source reports of the start date checks two of the model's guesses.
fn at_the_start(judged: &Judged) -> String {
    let data = judged.network.data();
    let history = judged.network.history();
    let implied = data.circ_supply_zero + data.locked_fil_zero + data.burnt_fil_vec[0]
        - data.start_vested_amt
        - DISBURSED_RESERVE_FIL;
    let day = f64::from(history.start_day);
    let of = |genesis| {
        let minted = minted(day, data.zero_cum_capped_power_eib, genesis);
        format!("{:.2} | {:+.2} %", minted / 1e6, 100.0 * (minted / implied - 1.0))
    };
    let mut text = format!(
        "### The baseline at genesis\n\nWhat was minted by the start date, {}, follows from what the chain reports of that day: circulating, locked and burnt, less vested and disbursed, is {:.2} million FIL.\n\n| network time from a genesis baseline of | minted, million FIL | error |\n|---|---|---|\n",
        data.start_date,
        implied / 1e6
    );
    text += &format!(
        "| {GENESIS_BASELINE_EIB:.3} EiB, as the model has it | {} |\n| {ACTORS_GENESIS_EIB:.3} EiB, as the actors have it | {} |\n\n",
        of(GENESIS_BASELINE_EIB),
        of(ACTORS_GENESIS_EIB)
    );

    let gamma = fip0081::schedule(history.start_day, history.days() + 1);
    let none = Control::Constant(0.0);
    let assumptions = Assumptions::protocol(history.days(), 1, none, none, none, &gamma);
    let past = forecast(&history, &assumptions).unwrap();
    let last = history.days();
    let reward = past.series(Series::DayNetworkReward);
    // Three quarters of each of the last 180 days' rewards, as far as they have not vested.
    let still_locked = |day: usize| -> f64 {
        let vesting = REWARD_VESTING_DAYS as usize;
        (0..vesting)
            .map(|age| {
                let earned = reward[day.saturating_sub(age)];
                LOCKED_SHARE_OF_REWARD * earned * (1.0 - age as f64 / REWARD_VESTING_DAYS)
            })
            .sum()
    };
    let (half, by_rule) = (data.locked_fil_zero / 2.0, still_locked(0));
    let kept = 1.0 - (1.0 - 1.0 / REWARD_VESTING_DAYS).powf(last as f64);
    let pledge = past.series(Series::NetworkLockedPledge)[last];
    let on_the_books: f64 = data.known_scheduled_pledge_release_full_vec
        [last.min(data.known_scheduled_pledge_release_full_vec.len())..]
        .iter()
        .sum();
    text += &format!(
        "### Half of what is locked is pledge (Q5)\n\nThe start date's {:.1} million locked FIL are taken as half pledge, half vesting rewards. The rewards of the 180 days before, by the actors' rule (three quarters locked, vesting evenly), make {:.1} million. The pledge on the current date can be held against the releases that were then on the books, all of them together.\n\n| | pledge locked on {}, million FIL | against {:.1} on the books |\n|---|---|---|\n| half and half, as the model has it | {:.1} | {:+.0} % |\n| by the actors' rule | {:.1} | {:+.0} % |\n\nThe other split would put {:.1} million FIL more into `network_locked` on that day, and as many less into `circ_supply`. (The books themselves hold {:.2} times the raw and {:.2} times the quality-adjusted power.)\n\n",
        data.locked_fil_zero / 1e6,
        by_rule / 1e6,
        data.current_date,
        on_the_books / 1e6,
        pledge / 1e6,
        100.0 * (pledge / on_the_books - 1.0),
        (pledge + half - by_rule) / 1e6,
        100.0 * ((pledge + half - by_rule) / on_the_books - 1.0),
        (half - by_rule) * kept / 1e6,
        data.rb_known_scheduled_expire_vec.iter().sum::<f64>() / judged.network.rb_power_zero(),
        data.qa_known_scheduled_expire_vec.iter().sum::<f64>() / judged.network.qa_power_zero(),
    );

    let by_actors = still_locked(last);
    let by_model = past.series(Series::NetworkLockedReward)[last];
    text += &format!(
        "### Rewards vest at 1/180 of what is locked a day\n\nOn {} that leaves {:.1} million FIL locked as rewards; an even vesting over 180 days of the same rewards leaves {:.1} million, {:.1} million less, {:.1} % of all that is locked.\n\n",
        data.current_date,
        by_model / 1e6,
        by_actors / 1e6,
        (by_model - by_actors) / 1e6,
        100.0 * (by_model - by_actors) / past.series(Series::NetworkLocked)[last],
    );

    let constant = Assumptions { historical_gamma: Control::Constant(1.0), ..assumptions };
    let before = forecast(&history, &constant).unwrap();
    let change = |series: Series| {
        let (with, without) = (past.series(series)[last - 1], before.series(series)[last - 1]);
        100.0 * (without / with - 1.0)
    };
    text += &format!(
        "### Gamma of 1 over the whole history\n\nThe product has FIP-0081's ramp in the history too. With 1 throughout, as the original, the day before the current date has {:+.1} % in `day_pledge_per_QAP`, {:+.2} % in `network_locked`, {:+.2} % in `circ_supply`.\n\n",
        change(Series::DayPledgePerQap),
        change(Series::NetworkLocked),
        change(Series::CircSupply),
    );
    text
}

/// What shows nowhere in the history.
fn without_effect(judged: &Judged) -> String {
    let history = judged.network.history();
    let gamma = fip0081::schedule(history.start_day, history.days() + 1);
    let none = Control::Constant(0.0);
    let assumptions = Assumptions::protocol(history.days(), 1, none, none, none, &gamma);
    let past = forecast(&history, &assumptions).unwrap();
    let single = Assumptions { lambda: f64::from(MINTING_DECAY_PER_DAY as f32), ..assumptions };
    let rounded = forecast(&history, &single).unwrap();
    let last = history.days();
    let highest = past.series(Series::DayPledgePerQap)[..last].iter().copied().fold(0.0, f64::max);
    let minted = |of: &economy::Forecast| of.series(Series::CumNetworkReward)[last];
    format!(
        "### Two that do not show\n\nThe cap of the pledge, 1 FIL per GiB: the highest pledge of the history is {highest:.2} FIL per 32 GiB, under the model's cap of 32 and the actors' of 1; the error with and without is the same. The decay rounded to single precision changes what was minted by the current date by {:+.1e}.\n\n",
        minted(&rounded) / minted(&past) - 1.0
    )
}
