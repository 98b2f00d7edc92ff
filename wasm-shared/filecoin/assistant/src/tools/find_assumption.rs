//! `find_assumption`: the least value of an assumption at which a series reaches a goal.

use std::borrow::Cow;

use mcp::{Context, Error, Reply, Structured, Tool, model::JsonObject};
use network_data::Snapshot;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use sweep::GoalRequest;

use crate::{
    background::{self, Progress, refused},
    desk::Desk,
    request, response, schemas,
};

/// What is computed while the caller waits, as `POST /simulate/goal` does: ten years.
const MOST_DAYS: usize = 3_660;

/// The reply of `POST /simulate/goal`, and a chart.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Found(JsonObject);

impl JsonSchema for Found {
    fn schema_name() -> Cow<'static, str> {
        "Found".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = sweep::goal_reply_schema();
        schema["properties"]["chart"] = json!({
            "type": "object",
            "description": "What to draw of a forecast with the value that was found: call simulate with it.",
        });
        schemas::schema(schema)
    }
}

pub(crate) fn tool(snapshot: Option<&Snapshot>) -> Tool {
    Tool::new(
        "find_assumption",
        "Says what it would take: the least onboarding (rbp), renewal rate (rr) or FIL+ rate (fpr), the same every day, at which a \
         series reaches a value by a date, found by forecasts and not by a rule of thumb. It returns the value, what one step less \
         gives, and where no value does, the nearest and a sentence that says so. Put the value into simulate to see the whole \
         forecast.",
    )
    .title("Find what it takes")
    .input_schema(schemas::goal(snapshot))
    .also_wrapped(super::WRAPPERS)
    .read_only()
}

pub(crate) async fn call(
    context: Context<Desk>,
    arguments: JsonObject,
) -> Result<Reply<Structured<Found>>, Error> {
    let desk = context.host();
    let arguments = request::chosen(arguments);
    let snapshot = desk.snapshot()?;
    let asked = GoalRequest::parse(arguments.clone()).map_err(refused)?;
    let found = if let Some(job) = context.answers().remembered::<String>()? {
        match background::look(desk, &job).await? {
            Progress::Later(later) => return Ok(Reply::Later(later)),
            Progress::Done(json) => {
                serde_json::from_slice(&json).map_err(|error| Error::internal(error.to_string()))?
            }
        }
    } else if asked.days(snapshot).0 > MOST_DAYS {
        return background::begin(desk, &forecast_jobs::GOAL, arguments).await.map(Reply::Later);
    } else {
        let mut goal = asked.seek(snapshot).map_err(refused)?;
        let days = (goal.date - snapshot.current_date()).num_days() + 1;
        let days = usize::try_from(days).unwrap_or_default();
        goal.warnings.extend(forecast::data_warnings(snapshot, days, desk.today()));
        serde_json::to_value(&goal).map_err(|error| Error::internal(error.to_string()))?
    };
    let Value::Object(mut found) = found else { return Err(Error::internal("The result is no object")) };
    let text = response::rounded(&found)?;
    let told = |name: &str| found.get(name).cloned().unwrap_or_default();
    let (series, sought) = (told("series"), told("find"));
    let title =
        [&series, &sought].map(|name| name.as_str().unwrap_or_default().replace('_', " ")).join(" with ");
    let chart = json!({
        "series": [{"name": series, "label": series, "unit": told("series_unit")}],
        "start_date_key": "sim_start_date",
        "title": title,
        "description": told("answer"),
    });
    found.insert("chart".to_owned(), chart);
    Ok(Reply::Done(Structured::new(Found(found)).with_text(text)))
}
