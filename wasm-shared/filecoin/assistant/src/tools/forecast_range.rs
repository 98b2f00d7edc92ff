//! `forecast_range`: many forecasts as one answer, with the chart that shows it.

use std::borrow::Cow;

use mcp::{Context, Error, Reply, Structured, Tool, model::JsonObject};
use network_data::{Snapshot, calendar::Resolution};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use sweep::{Chart, Plan, Request, finish};
use web::Scopes;

use crate::{
    background::{self, Progress, refused},
    desk::Desk,
    request, response, schemas, view,
};

/// What is computed while the caller waits, as `POST /simulate/sweep` does: days to forecast over all runs, and values.
const MOST_RUN_DAYS: usize = 73_200;
const MOST_VALUES: usize = 2_000_000;
/// Numbers in an answer: what the record of a task may hold, and more than a model can read.
const MOST_NUMBERS: usize = 20_000;
/// Numbers for each series and date: five percentiles and the mean.
const NUMBERS: usize = 6;
/// A forecast of ten years costs 1, and a sweep for every ten years of its runs.
const TEN_YEARS: usize = 3_650;

/// What the runs say together: the reply of `POST /simulate/sweep` without the end of every run, and a chart.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Range(JsonObject);

impl JsonSchema for Range {
    fn schema_name() -> Cow<'static, str> {
        "Range".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = sweep::reply_schema();
        schemas::without(&mut schema, "end_values");
        schema["properties"]["chart"] = json!({
            "type": "object",
            "description": "How to draw it: what it names is in percentiles, and entry 0 falls on input.sim_start_date.",
        });
        schemas::schema(schema)
    }
}

pub(crate) fn tool(snapshot: Option<&Snapshot>) -> Tool {
    Tool::new(
        "forecast_range",
        "Says how sure a forecast is and which assumption matters most: runs the forecast many times with assumptions that differ, and \
         returns for each date and series the 5th, 25th, 50th, 75th and 95th percentile and the mean, the share of runs beyond \
         thresholds, and each assumption's rank correlation with the end value. Give exactly one of draws (a distribution for each \
         assumption in doubt), grid (every combination of listed values) and bootstrap (the network's own last days, \
         reshuffled). 200 runs of a year are answered at once; up to 10,000 take a key with the scope jobs, and become a task of \
         clients that take tasks. Months unless resolution says otherwise. Same seed, same numbers.",
    )
    .title("Forecast a range")
    .input_schema(schemas::range(snapshot))
    .also_wrapped(super::WRAPPERS)
    .read_only()
    .meta(view::of_tool())
}

pub(crate) async fn call(
    context: Context<Desk>,
    arguments: JsonObject,
) -> Result<Reply<Structured<Range>>, Error> {
    let desk = context.host();
    let mut arguments = request::chosen(arguments);
    arguments.entry("resolution").or_insert_with(|| Resolution::Monthly.name().into());
    let snapshot = desk.snapshot()?;
    let asked = Request::parse(arguments.clone()).map_err(refused)?;
    let plan = Plan::new(&asked, snapshot).map_err(refused)?;
    if let Some(job) = context.answers().remembered::<String>()? {
        return Ok(match background::look(desk, &job).await? {
            Progress::Later(later) => Reply::Later(later),
            Progress::Done(json) => {
                let told = serde_json::from_slice(&json);
                Reply::Done(told_of(told.map_err(|error| Error::internal(error.to_string()))?, &plan)?)
            }
        });
    }
    let numbers = plan.columns() * NUMBERS;
    if numbers > MOST_NUMBERS {
        return Err(request::refused(&[format!(
            "output: series times dates times six are {numbers} numbers, and one answer holds {MOST_NUMBERS}; ask for fewer series, a \
             shorter forecast_length_days, or resolution monthly"
        )]));
    }
    let run_days = plan.runs() * asked.days();
    if run_days > MOST_RUN_DAYS || plan.runs() * plan.columns() > MOST_VALUES {
        return background::begin(desk, &forecast_jobs::SWEEP, arguments).await.map(Reply::Later);
    }
    // The tool's row counts 1.
    let more = u32::try_from(run_days.div_ceil(TEN_YEARS)).unwrap_or(u32::MAX).saturating_sub(1);
    desk.demand(Scopes::NONE, more).await?;
    let failed =
        |why: &dyn std::fmt::Display| Error::internal(format!("The runs could not be computed: {why}"));
    let chunk = plan.run_chunk(0..plan.runs()).map_err(|error| failed(&error))?;
    let mut findings = finish(&plan, &[chunk]).map_err(|error| failed(&error))?.without_end_values();
    for warning in forecast::data_warnings(snapshot, asked.days(), desk.today()) {
        findings.warn(warning);
    }
    let told = serde_json::to_value(findings).map_err(|error| failed(&error))?;
    Ok(Reply::Done(told_of(told, &plan)?))
}

/// The answer: without the end of every run, which no model reads, and with a chart.
fn told_of(told: Value, plan: &Plan<'_>) -> Result<Structured<Range>, Error> {
    let Value::Object(mut told) = told else { return Err(Error::internal("The result is no object")) };
    told.remove("end_values");
    // A model reads the text; the chart is for programs.
    let text = response::rounded(&told)?;
    told.insert("chart".to_owned(), json!(Chart::of(plan, &[])));
    Ok(Structured::new(Range(told)).with_text(text))
}
