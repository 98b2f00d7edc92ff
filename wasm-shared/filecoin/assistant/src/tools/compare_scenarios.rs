//! `compare_scenarios`: forecasts under several sets of assumptions, side by side.

use std::collections::BTreeMap;

use chrono::{Days as ChronoDays, Months, NaiveDate};
use forecast::{Answer, Values};
use mcp::{Context, Error, Structured, Tool, model::JsonObject};
use network_data::Snapshot;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::simulate;
use crate::{
    assumptions,
    desk::Desk,
    metrics::{self, Metric},
    request::{self, Wrong},
    response::{self, About, Days},
    schemas::{self, MOST_SCENARIOS},
    view,
};

/// Bytes of a scenario's name, which the answer repeats with every difference.
const LONGEST_NAME: usize = 100;

/// Months after the forecast's start at which the differences are given, besides its last day.
const MONTHS: [u32; 4] = [1, 3, 6, 12];

/// Forecasts side by side.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Compared {
    /// What each scenario assumed, what is compared with what, and how to read the series, in words: always read it.
    #[serde(rename = "Explanation")]
    explanation: String,
    #[serde(flatten)]
    days: Days,
    /// The scenario that the others are measured against: the first.
    reference: String,
    /// What a careful analyst would add to all scenarios.
    warnings: Vec<String>,
    /// The scenarios' values on the same days and their distance from the reference's.
    differences: Vec<Difference>,
    /// For each metric what it is.
    metrics: BTreeMap<&'static str, About>,
    /// The scenarios, in the order given.
    scenarios: Vec<Scenario>,
}

/// One scenario's forecast.
#[derive(Serialize, JsonSchema)]
struct Scenario {
    name: String,
    /// What a careful analyst would add to this one.
    warnings: Vec<String>,
    /// Every value that was used, defaults included.
    input: Map<String, Value>,
    /// The value of each metric on the data's current date, which weekly entries need not contain.
    current: BTreeMap<&'static str, Option<f64>>,
    /// The metrics, each a list of numbers, null where the model has no value.
    series: BTreeMap<&'static str, Vec<Option<f64>>>,
}

/// One metric on one day, in all scenarios.
#[derive(Serialize, JsonSchema)]
struct Difference {
    metric: &'static str,
    /// 1, 3, 6 or 12 months after the start, or the end of the horizon.
    at: String,
    date: NaiveDate,
    /// In the order of the scenarios.
    scenarios: Vec<Distance>,
}

/// A scenario's value, and how far it is from the reference's.
#[derive(Serialize, JsonSchema)]
struct Distance {
    name: String,
    value: Option<f64>,
    /// Value less the reference's, in the metric's unit.
    difference: Option<f64>,
    /// Difference over the reference's size: 0.1 is ten percent more.
    relative: Option<f64>,
}

pub(crate) fn tool(snapshot: Option<&Snapshot>) -> Tool {
    Tool::new(
        "compare_scenarios",
        "Forecasts Filecoin's economy under 2 to 8 named sets of assumptions and returns the series side by side, with the \
         differences from the first scenario after 1, 3, 6 and 12 months and at the end of the horizon (absolute, and relative: \
         0.1 is ten percent more). Use it for every what-if: make the first scenario today's defaults (a name and nothing else) \
         and change one assumption at a time. Assumptions, units and metrics are those of simulate; forecast_length_days, \
         resolution and requested_metrics are common to all.",
    )
    .title("Compare sets of assumptions")
    .input_schema(schemas::compare(snapshot))
    .also_wrapped(super::WRAPPERS)
    .read_only()
    .meta(view::of_tool())
}

pub(crate) async fn call(
    context: Context<Desk>,
    arguments: JsonObject,
) -> Result<Structured<Compared>, Error> {
    let mut arguments = request::chosen(arguments);
    let mut wrong = Wrong::new();
    let metrics = metrics::take(&mut arguments, &mut wrong);
    let scenarios = take_scenarios(&mut arguments, &mut wrong);
    let mut common = JsonObject::new();
    common.extend(schemas::COMMON.iter().filter_map(|name| arguments.remove_entry(*name)));
    let questions = ask(scenarios, &common, &metrics, &mut wrong);
    request::nothing_else(
        &arguments,
        &["scenarios", "requested_metrics", "forecast_length_days", "resolution"],
        &mut wrong,
    );
    if !wrong.is_empty() {
        return Err(request::refused(&wrong));
    }
    let desk = context.host();
    let snapshot = desk.snapshot()?;
    if let Some((_, any)) = questions.first() {
        request::check_size(any, snapshot, questions.len(), metrics.len())?;
    }
    let mut answers = Vec::with_capacity(questions.len());
    for (named, question) in questions {
        answers.push((named, simulate::answer(desk, snapshot, question)?));
    }
    let compared = compare(snapshot, &answers, &metrics)?;
    let text = response::rounded(&compared)?;
    Ok(Structured::new(compared).with_text(text))
}

fn take_scenarios(arguments: &mut JsonObject, wrong: &mut Wrong) -> Vec<(String, JsonObject)> {
    const FORM: &str = "scenarios: must be a list of 2 to 8 objects, each with a name and assumptions, such as \
        [{\"name\": \"as today\"}, {\"name\": \"onboarding 6 PiB/day\", \"rbp\": 6.0}]";
    let list = match arguments.remove("scenarios") {
        Some(Value::Array(list)) if (2..=MOST_SCENARIOS).contains(&list.len()) => list,
        Some(Value::Array(list)) => {
            wrong.push(format!("{FORM}; there are {}", list.len()));
            return Vec::new();
        }
        _ => {
            wrong.push(FORM.to_owned());
            return Vec::new();
        }
    };
    let mut scenarios: Vec<(String, JsonObject)> = Vec::new();
    for (index, entry) in list.into_iter().enumerate() {
        let Value::Object(entry) = entry else {
            wrong.push(format!("scenarios, entry {index}: must be an object with a name and assumptions"));
            continue;
        };
        let mut entry = request::chosen(entry);
        let mut told = |what: String| wrong.push(format!("scenarios, entry {index}: {what}"));
        let name = match entry.remove("name") {
            Some(Value::String(name)) if !name.trim().is_empty() && name.len() <= LONGEST_NAME => name,
            _ => {
                told(format!("name must be a text of 1 to {LONGEST_NAME} characters"));
                format!("entry {index}")
            }
        };
        if scenarios.iter().any(|(known, _)| *known == name) {
            told(format!("the name {name:?} is taken by another scenario"));
        }
        // Some put the assumptions into a member of their own.
        match entry.remove("assumptions") {
            None => {}
            Some(Value::Object(inner)) => {
                let inner = request::chosen(inner);
                for twice in inner.keys().filter(|name| entry.contains_key(*name)).take(20) {
                    told(format!("{twice:.60} is given inside assumptions and beside it; give it once"));
                }
                entry.extend(inner);
            }
            Some(_) => told("assumptions must be an object, such as {\"rbp\": 6.0}".to_owned()),
        }
        scenarios.push((name, entry));
    }
    scenarios
}

/// A scenario's name and the arguments that were given for it alone.
struct Named {
    name: String,
    given: Vec<String>,
}

/// Each scenario as a question, with what is common to all.
fn ask(
    scenarios: Vec<(String, JsonObject)>,
    common: &JsonObject,
    metrics: &[Metric],
    wrong: &mut Wrong,
) -> Vec<(Named, forecast::Question)> {
    let mut questions = Vec::new();
    for (name, mut assumptions) in scenarios {
        let mut wrong_here = Wrong::new();
        for field in schemas::COMMON.into_iter().chain(metrics::ARGUMENTS) {
            if assumptions.remove(field).is_some() {
                wrong_here
                    .push(format!("{field}: is common to all scenarios; give it once, beside scenarios"));
            }
        }
        let given = assumptions.keys().cloned().collect();
        assumptions.extend(common.clone());
        let question = request::question(assumptions, metrics, &mut wrong_here);
        wrong.extend(wrong_here.into_iter().map(|what| format!("scenario {name:?}, {what}")));
        questions.extend(question.map(|question| (Named { name, given }, question)));
    }
    questions
}

fn compare(
    snapshot: &Snapshot,
    answers: &[(Named, Answer<'_>)],
    metrics: &[Metric],
) -> Result<Compared, Error> {
    let Some((Named { name: reference, .. }, first)) = answers.first() else {
        return Err(Error::internal("There is no scenario"));
    };
    let days = Days::of(first.sampling());
    let start = snapshot.current_date();
    let last_day = first.days().saturating_sub(1);
    let end = start + ChronoDays::new(last_day as u64);
    let mut moments: Vec<(String, NaiveDate)> = Vec::new();
    for months in MONTHS {
        let date = start + Months::new(months);
        if date <= end {
            moments.push((format!("{months} month{}", if months == 1 { "" } else { "s" }), date));
        }
    }
    moments.push(("end".to_owned(), end));

    let columns: Vec<Vec<_>> =
        answers.iter().map(|(_, answer)| answer.series().map(|(_, values)| values).collect()).collect();
    let mut differences = Vec::new();
    for (nth, metric) in metrics.iter().enumerate() {
        for (at, date) in &moments {
            let day = usize::try_from((*date - start).num_days()).unwrap_or_default();
            let value = |column: &Vec<Values<'_>>| column.get(nth).and_then(|values| metric.at(values, day));
            let reference = columns.first().and_then(value);
            let distances = answers
                .iter()
                .zip(&columns)
                .map(|((named, _), column)| Distance::new(&named.name, value(column), reference));
            differences.push(Difference {
                metric: metric.name(),
                at: at.clone(),
                date: *date,
                scenarios: distances.collect(),
            });
        }
    }
    let common = |warning: &&String| answers.iter().all(|(_, answer)| answer.warnings().contains(warning));
    let mut scenarios = Vec::new();
    let mut assumed = Vec::new();
    for (Named { name, given }, answer) in answers {
        let input = simulate::input(answer)?;
        assumed.push(format!("{name:?}: {}", assumptions::given(&input, given)));
        scenarios.push(Scenario {
            name: name.clone(),
            warnings: answer.warnings().iter().filter(|warning| !common(warning)).cloned().collect(),
            input,
            current: response::current(answer, metrics),
            series: response::series(answer, metrics),
        });
    }
    Ok(Compared {
        explanation: format!(
            "{} scenarios over {} days, {start} to {end}: {}. What a scenario does not name has its default, see its input. \
             Differences are from {reference:?}, on the very day named, whatever the resolution of the series. {}{}",
            answers.len(),
            first.days(),
            assumed.join("; "),
            days.explanation(),
            response::derived(metrics),
        ),
        days,
        reference: reference.clone(),
        warnings: first.warnings().iter().filter(common).cloned().collect(),
        differences,
        metrics: About::each(metrics),
        scenarios,
    })
}

impl Distance {
    fn new(name: &str, value: Option<f64>, reference: Option<f64>) -> Self {
        let difference = value.zip(reference).map(|(value, reference)| value - reference);
        let relative = difference
            .zip(reference)
            .map(|(difference, reference)| difference / reference.abs())
            .filter(|relative| relative.is_finite());
        Self { name: name.to_owned(), value, difference, relative }
    }
}
