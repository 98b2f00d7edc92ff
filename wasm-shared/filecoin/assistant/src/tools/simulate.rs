//! `simulate`: one forecast.

use std::collections::BTreeMap;

use chrono::{Days as ChronoDays, NaiveDate};
use forecast::{Answer, Question, Scope};
use mcp::{Context, Error, Structured, Tool, model::JsonObject};
use network_data::Snapshot;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    assumptions,
    desk::Desk,
    metrics::{self, Metric},
    request,
    response::{self, About, Days},
    schemas, view,
};

/// A forecast.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Simulated {
    /// The metrics, each a list of numbers, null where the model has no value.
    series: BTreeMap<&'static str, Vec<Option<f64>>>,
    #[serde(flatten)]
    told: Told,
}

/// What the text says too.
#[derive(Serialize, JsonSchema)]
struct Told {
    /// What was assumed and how to read the series, in words: always read it.
    #[serde(rename = "Explanation")]
    explanation: String,
    #[serde(flatten)]
    days: Days,
    /// What a careful analyst would add; repeat it to the user.
    warnings: Vec<String>,
    /// For each metric its first, last, lowest and highest entry with their dates.
    summary: BTreeMap<&'static str, Summary>,
    /// For each metric what it is.
    metrics: BTreeMap<&'static str, About>,
    /// Every value that was used, defaults included, as POST /simulate says it.
    input: Map<String, Value>,
    /// The value of each metric on the data's current date, which weekly entries need not contain.
    current: BTreeMap<&'static str, Option<f64>>,
    /// The series under the metrics' own names, for clients written before there was `series`.
    #[serde(flatten)]
    by_name: BTreeMap<&'static str, Vec<Option<f64>>>,
}

/// The entries of a series that one asks for first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Summary {
    first: Option<Entry>,
    last: Option<Entry>,
    lowest: Option<Entry>,
    highest: Option<Entry>,
}

/// A value and its day.
#[derive(Clone, Copy, Serialize, JsonSchema)]
struct Entry {
    date: NaiveDate,
    value: f64,
}

pub(crate) fn tool(snapshot: Option<&Snapshot>) -> Tool {
    let from = snapshot.map_or_else(
        || "No network data is loaded at the moment.".to_owned(),
        |snapshot| format!("The forecast starts on {}, the newest day of the data.", snapshot.current_date()),
    );
    Tool::new(
        "simulate",
        format!(
            "Forecasts Filecoin's economy under assumptions and returns dated series: power, block rewards, supply, pledge, \
             returns of storage providers. Every argument is optional; what is left out is as the network is today. {from} \
             Without requested_metrics it returns 1y_sector_roi, the one-year return on pledge (0.25 = 25 %, in FIL, before \
             costs). Values are weekly, on Mondays, unless resolution says otherwise. Running totals come back as daily rates: ask for cum_simple_reward and get \
             daily_simple_reward, FIL a day; do not difference them again. Mistakes to avoid: onboarding (rbp) is PiB a day, not \
             EiB; power and supply are stocks, do not add them up; rates are fractions, not percents. For two or more sets of \
             assumptions call compare_scenarios. Call fetch_context first."
        ),
    )
    .title("Forecast under assumptions")
    .input_schema(schemas::simulate(snapshot))
    .also_wrapped(super::WRAPPERS)
    .read_only()
    .meta(view::of_tool())
}

pub(crate) async fn call(
    context: Context<Desk>,
    arguments: JsonObject,
) -> Result<Structured<Simulated>, Error> {
    let mut arguments = request::chosen(arguments);
    let given: Vec<String> = arguments.keys().cloned().collect();
    let mut wrong = Vec::new();
    let metrics = metrics::take(&mut arguments, &mut wrong);
    let question = request::question(arguments, &metrics, &mut wrong);
    let (Some(question), []) = (question, wrong.as_slice()) else { return Err(request::refused(&wrong)) };
    let desk = context.host();
    let snapshot = desk.snapshot()?;
    request::check_size(&question, snapshot, 1, metrics.len())?;
    let answer = answer(desk, snapshot, question)?;
    let days = Days::of(answer.sampling());
    let input = input(&answer)?;
    let series = response::series(&answer, &metrics);
    let told = Told {
        explanation: explanation(snapshot, &input, &given, &days, &metrics, answer.days()),
        days,
        warnings: answer.warnings().to_vec(),
        summary: response::by_name(series.iter().map(|(name, values)| (*name, Summary::of(&answer, values)))),
        metrics: About::each(&metrics),
        input,
        current: response::current(&answer, &metrics),
        by_name: series.clone(),
    };
    // A model reads the text, and pays for every number in it: once is enough.
    let text = response::rounded(&told)?;
    Ok(Structured::new(Simulated { series, told }).with_text(text))
}

/// Runs the forecast, weekly unless the question says otherwise.
pub(super) fn answer<'a>(
    desk: &Desk,
    snapshot: &'a Snapshot,
    question: Question,
) -> Result<Answer<'a>, Error> {
    question
        .resolve(snapshot)
        .answer(Scope::Forecast, request::RESOLUTION, desk.today())
        .map_err(|error| Error::internal(format!("The model refused its input: {error}")))
}

/// The values that were used.
pub(super) fn input(answer: &Answer<'_>) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(answer.input()) {
        Ok(Value::Object(input)) => Ok(input),
        _ => Err(Error::internal("The assumptions are not JSON")),
    }
}

fn explanation(
    snapshot: &Snapshot,
    input: &Map<String, Value>,
    given: &[String],
    days: &Days,
    metrics: &[Metric],
    horizon: usize,
) -> String {
    let first = snapshot.current_date();
    let last = first + ChronoDays::new(horizon.saturating_sub(1) as u64);
    format!(
        "Forecast of Filecoin's economy for {horizon} days, {first} to {last}, with: {}. {}{}",
        assumptions::used(input, given),
        days.explanation(),
        response::derived(metrics),
    )
}

impl Summary {
    fn of(answer: &Answer<'_>, values: &[Option<f64>]) -> Self {
        let dated = answer.sampling().dates().zip(values);
        let entries = dated.filter_map(|(date, value)| value.map(|value| Entry { date, value }));
        let entries: Vec<_> = entries.collect();
        let by_value = |a: &&Entry, b: &&Entry| a.value.total_cmp(&b.value);
        Self {
            first: entries.first().copied(),
            last: entries.last().copied(),
            lowest: entries.iter().min_by(by_value).copied(),
            highest: entries.iter().rev().max_by(by_value).copied(),
        }
    }
}
