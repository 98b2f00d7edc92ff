//! Goal seek: the least value of an assumption, the same every day, at which a series reaches a value by a date.

use std::{fmt::Write as _, ops::Range};

use chrono::{Days, NaiveDate};
use economy::{ModelError, Series, Workspace};
use forecast::{MAX_FORECAST_DAYS, NumberField, PerDay, Refusal, Resolved};
use network_data::Snapshot;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    reading::{Fields, Reading, unknown},
    request::{read_date, read_field_series, read_one_of},
    shared::{Shared, horizon},
};

/// The assumptions that can be sought.
pub(crate) const SOUGHT: [NumberField; 3] =
    [NumberField::Onboarding, NumberField::RenewalRate, NumberField::FilPlusRate];

pub(crate) const FIELDS: [&str; 10] =
    ["find", "series", "at_least", "at_most", "by", "on", "decimals", "assumptions", "name", "label"];

/// Decimals of a rate where the request does not say; onboarding has 2.
pub(crate) const DEFAULT_DECIMALS: u64 = 4;

/// The most decimals of an answer.
pub(crate) const MAX_DECIMALS: u64 = 6;

/// Values that are tried, spread over the range, before the bisection: enough to see a series that rises and falls
/// again, and to find where it first reaches the value.
const SCAN: u32 = 64;

/// What a caller wants reached, checked as far as that needs no network.
#[derive(Clone, Debug)]
pub struct GoalRequest {
    name: Option<String>,
    label: Option<String>,
    shared: Shared,
    find: NumberField,
    series: Series,
    target: Target,
    when: Option<When>,
    decimals: u32,
    warnings: Vec<String>,
}

/// The days that count.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    /// Every day from the current date through this one.
    By(NaiveDate),
    /// This day alone.
    On(NaiveDate),
}

impl When {
    fn date(self) -> NaiveDate {
        let (Self::By(date) | Self::On(date)) = self;
        date
    }

    fn name(self) -> &'static str {
        match self {
            Self::By(_) => "by",
            Self::On(_) => "on",
        }
    }

    /// The same counted from the current date.
    fn days(self, current: NaiveDate) -> Range<usize> {
        let day = (self.date() - current).num_days() as usize;
        match self {
            Self::By(_) => 0..day + 1,
            Self::On(_) => day..day + 1,
        }
    }
}

/// What the series has to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Target {
    bound: Bound,
    /// In the series' unit.
    value: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    AtLeast,
    AtMost,
}

impl Bound {
    fn name(self) -> &'static str {
        match self {
            Self::AtLeast => "at_least",
            Self::AtMost => "at_most",
        }
    }
}

impl Target {
    fn reached_by(self, value: f64) -> bool {
        match self.bound {
            Bound::AtLeast => value >= self.value,
            Bound::AtMost => value <= self.value,
        }
    }

    /// The larger, the nearer to the target or further past it.
    fn score(self, value: f64) -> f64 {
        match self.bound {
            Bound::AtLeast => value,
            Bound::AtMost => -value,
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// The caller's own name for the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another text of the caller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The assumption that was sought, by its name in a request.
    pub find: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The least value, a multiple of `step`, at which the series reaches the target; `null` where none does.
    pub value: Option<f64>,
    /// What the series does at that value.
    pub reached: Option<Reached>,
    /// What it does one step below it; `null` where there is none, or the least possible value already suffices.
    pub one_step_less: Option<Reached>,
    /// Where no value reaches the target: the one that comes nearest among those tried.
    pub nearest: Option<Reached>,
    /// The series, and its unit.
    pub series: &'static str,
    /// The unit of the series.
    pub series_unit: &'static str,
    /// The value to be reached.
    pub target: f64,
    /// `at_least` or `at_most`.
    pub target_is: &'static str,
    /// The last day that counts, or the only one.
    pub date: NaiveDate,
    /// `by` where every day from the current date through that day counts, `on` where it alone does.
    pub date_is: &'static str,
    /// The resolution of the answer, in the assumption's unit.
    pub step: f64,
    /// Whether the series came nearer to the target with every larger value of those spread over the range. Where it
    /// did not, a smaller value between two that were tried may reach the target too.
    pub monotone: bool,
    /// Forecasts that were computed.
    pub forecasts: usize,
    /// The answer in a sentence.
    pub answer: String,
    /// What a careful analyst would add.
    pub warnings: Vec<String>,
}

/// What a series does at one value of the assumption.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// The value of the assumption.
    pub at: f64,
    /// The series' value on the first day on which it reaches the target, or the one nearest to it where it never
    /// does; `null` where it has none.
    pub value: Option<f64>,
    /// That day.
    pub date: Option<NaiveDate>,
}

impl GoalRequest {
    /// Reads a request: `{find, series, at_least | at_most, by? | on?, decimals?, assumptions?, name?}`.
    ///
    /// # Errors
    ///
    /// Every field that is unknown, missing, of a wrong type or out of range.
    pub fn parse(request: Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        let mut reading = Reading::default();
        let mut fields = Fields::of_map(request, "");
        let name = fields.own_text("name", &mut reading);
        let label = fields.own_text("label", &mut reading);
        let find = read_find(&mut fields, &mut reading);
        let series = read_field_series(&mut fields, &mut reading);
        let unit = series.map_or("in the series' unit", Series::unit);
        let bounds = [Bound::AtLeast, Bound::AtMost].map(|bound| (bound.name(), bound));
        let target = read_one_of(&mut fields, bounds, unit, &mut reading);
        let by = read_date(&mut fields, "by", &mut reading).map(When::By);
        let on = read_date(&mut fields, "on", &mut reading).map(When::On);
        if by.is_some() && on.is_some() {
            reading.refuse("/on", "says another time than by: give one of the two");
        }
        let usual = if find == Some(NumberField::Onboarding) { 2 } else { DEFAULT_DECIMALS };
        let decimals = fields.whole("decimals", (0, MAX_DECIMALS), usual, &mut reading);
        let shared = Shared::read(&mut fields, &mut reading);
        fields.nothing_else(&FIELDS, "a field of a goal", &mut reading);
        if let (Some(shared), Some(find)) = (&shared, find) {
            shared.refuse_varied(&[find], "find", &mut reading);
        }
        let warnings = reading.finish()?;
        let all = (shared, find, series, target, decimals);
        let (Some(shared), Some(find), Some(series), Some((bound, value)), Some(decimals)) = all else {
            // Whoever gives nothing has said why.
            return Err(vec![Refusal {
                pointer: String::new(),
                detail: "cannot be read as a goal".to_owned(),
            }]);
        };
        Ok(Self {
            name,
            label,
            shared,
            find,
            series,
            target: Target { bound, value },
            when: by.or(on),
            decimals: decimals as u32,
            warnings,
        })
    }

    /// Seeks the answer for a network, in some eighty forecasts.
    ///
    /// # Errors
    ///
    /// Every field that this network has no days for.
    pub fn seek(&self, snapshot: &Snapshot) -> Result<Goal, Vec<Refusal>> {
        let mut reading = Reading::default();
        let first = snapshot.current_date();
        let shared = self.with_length(snapshot, &mut reading);
        let days = shared.as_ref().map_or(0, Shared::days);
        let last = first + Days::new(days.saturating_sub(1) as u64);
        let when = self.when.unwrap_or(When::By(last));
        if shared.is_some() && !(first..=last).contains(&when.date()) {
            let date = when.date();
            let detail = format!("must be a day of the forecast, {first} to {last}, but is {date}");
            reading.refuse(&format!("/{}", when.name()), detail);
        }
        reading.finish()?;
        let Some(shared) = shared else { return Err(Vec::new()) };
        let base = shared.resolve(snapshot, [self.series]);
        let mut seeker = Seeker {
            request: self,
            workspace: Workspace::new(snapshot.history()),
            history_days: snapshot.historical_days(),
            counted: when.days(first),
            base: &base,
            forecasts: 0,
        };
        let found = seeker.seek().map_err(|error| {
            vec![Refusal { pointer: "/assumptions".to_owned(), detail: error.to_string() }]
        })?;
        Ok(self.answer(&found, first, when, seeker.forecasts))
    }

    /// How many days each of the forecasts has that the answer takes, and the pointer of the field that says so.
    #[must_use]
    pub fn days(&self, snapshot: &Snapshot) -> (usize, String) {
        let days = self.with_length(snapshot, &mut Reading::default()).map_or(0, |shared| shared.days());
        let field = match self.when {
            Some(when) if !self.shared.says_its_length() => when.name(),
            _ => "assumptions/forecast_length_days",
        };
        (days, format!("/{field}"))
    }

    /// The shared assumptions with a forecast that goes through the date, where the request does not say how long it is.
    fn with_length(&self, snapshot: &Snapshot, reading: &mut Reading) -> Option<Shared> {
        let days = self.when.map(|when| (when.date() - snapshot.current_date()).num_days() + 1);
        match days.and_then(|days| usize::try_from(days).ok()) {
            Some(days) if (1..=MAX_FORECAST_DAYS).contains(&days) => {
                self.shared.clone().unless_said(days, reading)
            }
            _ => Some(self.shared.clone()),
        }
    }

    fn answer(&self, found: &Found, first: NaiveDate, when: When, forecasts: usize) -> Goal {
        let field = self.find.field();
        let said = |trial: &Trial| Reached {
            at: trial.at,
            value: trial.best.map(|(_, value)| value),
            date: trial.best.map(|(day, _)| first + Days::new(day as u64)),
        };
        let (name, series, unit) = (field.name, self.series.name(), self.series.unit());
        let target = self.target.value;
        let date = format!("{} {}", when.name(), when.date());
        let reached = found.least.as_ref().map(said);
        let mut answer = match (&reached, &found.nearest) {
            (Some(Reached { at, value: Some(value), date: Some(first_day) }), _) => format!(
                "{name} of {at} ({}) is the least at which {series} reaches {target} {unit} {date}: it is {value} on \
                 {first_day}.",
                field.unit
            ),
            (_, Some(Trial { at, best: Some((_, value)), .. })) => format!(
                "No {name} from {} brings {series} to {target} {unit} {date}: of {forecasts} values tried, {at} comes \
                 nearest, with {value}.",
                field.range()
            ),
            _ => format!("{series} has no value {date}, whatever {name} is."),
        };
        let now = reached.is_some_and(|reached| reached.date == Some(first));
        if now && found.one_step_less.is_none() && when.name() == "by" {
            answer
                .push_str(" So it is today already; to ask for that day alone, give it as on instead of by.");
        }
        if !found.monotone {
            // Writing to a String does not fail.
            let _ = write!(
                answer,
                " {series} does not always come nearer with a larger {name}, so another value between those tried may \
                 reach it too."
            );
        }
        Goal {
            name: self.name.clone(),
            label: self.label.clone(),
            find: name,
            unit: field.unit,
            value: found.least.as_ref().map(|trial| trial.at),
            reached,
            one_step_less: found.one_step_less.as_ref().map(said),
            nearest: found.nearest.as_ref().map(said),
            series,
            series_unit: unit,
            target,
            target_is: self.target.bound.name(),
            date: when.date(),
            date_is: when.name(),
            step: 1.0 / self.scale(),
            monotone: found.monotone,
            forecasts,
            answer,
            warnings: self.warnings.clone(),
        }
    }

    /// Steps in one unit of the assumption.
    fn scale(&self) -> f64 {
        f64::from(10_u32.pow(self.decimals))
    }
}

fn read_find(fields: &mut Fields, reading: &mut Reading) -> Option<NumberField> {
    let names = SOUGHT.map(NumberField::name);
    let pointer = fields.at("find");
    if !fields.has("find") {
        reading.refuse(
            &pointer,
            format!("is missing: name the assumption to find, one of {}", names.join(", ")),
        );
        return None;
    }
    let name = fields.text("find", reading)?;
    let found = SOUGHT.into_iter().find(|one| one.name() == name);
    if found.is_none() {
        reading.refuse(&pointer, unknown("an assumption that can be found", &name, &names));
    }
    found
}

/// One value tried.
#[derive(Clone, Debug)]
struct Trial {
    at: f64,
    reached: bool,
    /// The first day on which the target is reached, or the one that comes nearest, and the series' value on it.
    best: Option<(usize, f64)>,
    /// How near it comes, over all days that count: negative infinity where there is no value.
    score: f64,
}

struct Found {
    least: Option<Trial>,
    one_step_less: Option<Trial>,
    nearest: Option<Trial>,
    monotone: bool,
}

struct Seeker<'a> {
    request: &'a GoalRequest,
    workspace: Workspace<'a>,
    history_days: usize,
    /// Days that count, from the current date on.
    counted: Range<usize>,
    base: &'a Resolved<'a>,
    forecasts: usize,
}

impl Seeker<'_> {
    fn seek(&mut self) -> Result<Found, ModelError> {
        let (min, max) = self.request.find.bounds();
        let scale = self.request.scale();
        let (least, most) = ((min * scale).ceil() as u64, (max * scale).floor() as u64);
        // Onboarding is a few PiB a day of a possible thousand: what is tried lies denser where it is small.
        let denser = self.request.find == NumberField::Onboarding;
        let mut scanned: Vec<(u64, Trial)> = Vec::new();
        for place in 0..=SCAN {
            let part = f64::from(place) / f64::from(SCAN);
            let part = if denser { part * part } else { part };
            let step = least + ((most - least) as f64 * part).round() as u64;
            if scanned.last().is_none_or(|(last, _)| *last < step) {
                scanned.push((step, self.try_step(step)?));
            }
        }
        let monotone = scanned.windows(2).all(|pair| {
            let (before, after) = (pair[0].1.score, pair[1].1.score);
            // The last digits of a series are rounding.
            after >= before || (before - after).abs() <= 1e-12 * before.abs()
        });
        let Some(first) = scanned.iter().position(|(_, trial)| trial.reached) else {
            let nearest = scanned
                .into_iter()
                .map(|(_, trial)| trial)
                .filter(|trial| trial.best.is_some())
                .reduce(|best, trial| if trial.score > best.score { trial } else { best });
            return Ok(Found { least: None, one_step_less: None, nearest, monotone });
        };
        let (mut above, mut reached) = scanned[first].clone();
        let mut not_reached = first.checked_sub(1).map(|before| scanned[before].clone());
        // Between the two there is a step that reaches the target and whose neighbour below does not.
        while let Some((below, _)) = not_reached.as_ref().filter(|(below, _)| above - below > 1) {
            let middle = u64::midpoint(*below, above);
            let trial = self.try_step(middle)?;
            if trial.reached {
                (above, reached) = (middle, trial);
            } else {
                not_reached = Some((middle, trial));
            }
        }
        Ok(Found {
            least: Some(reached),
            one_step_less: not_reached.map(|(_, trial)| trial),
            nearest: None,
            monotone,
        })
    }

    /// A division, so that the value is the double nearest to the decimal that is printed.
    fn try_step(&mut self, step: u64) -> Result<Trial, ModelError> {
        let at = step as f64 / self.request.scale();
        self.forecasts += 1;
        let own = [(self.request.find, PerDay::Same(at))];
        let forecast = self.workspace.forecast(&self.base.assumptions(&own))?;
        let (series, target) = (self.request.series, self.request.target);
        let values = horizon(forecast.series(series), series, self.history_days, self.counted.end);
        let counted = values.iter().copied().enumerate().skip(self.counted.start);
        let finite = || counted.clone().filter(|(_, value)| value.is_finite());
        let nearest =
            finite().reduce(|best, one| if target.score(one.1) > target.score(best.1) { one } else { best });
        let first = finite().find(|(_, value)| target.reached_by(*value));
        Ok(Trial {
            at,
            reached: first.is_some(),
            best: first.or(nearest),
            score: nearest.map_or(f64::NEG_INFINITY, |(_, value)| target.score(value)),
        })
    }
}
