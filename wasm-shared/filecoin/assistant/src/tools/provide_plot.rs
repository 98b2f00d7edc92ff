//! `provide_plot`: a chart's specification, for an interface that draws what the other tools returned.

use mcp::{Context, Error, Structured, Tool, model::JsonObject};
use network_data::historical::{Anchor, Field, fields};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    metrics::{self, Metric},
    request::{self, Wrong},
    view,
};

/// The date that a forecast's series begin on.
const FORECAST: &str = "sim_start_date";

/// Series in one chart: as many as one can tell apart.
const MOST_SERIES: usize = 12;

/// A chart.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Plot {
    chart: Chart,
}

#[derive(Serialize, JsonSchema)]
struct Chart {
    /// What is drawn over time, against one axis for each unit.
    series: Vec<Line>,
    /// The date in the data's reply on which entry 0 of every series falls.
    start_date_key: &'static str,
    title: String,
    description: String,
}

#[derive(Serialize, JsonSchema)]
struct Line {
    /// The metric or field, as it is called in the data.
    name: String,
    /// What the legend calls it.
    label: String,
    unit: String,
}

pub(crate) fn tool() -> Tool {
    let line = json!({
        "anyOf": [
            {"type": "string"},
            {
                "type": "object", "required": ["name"], "additionalProperties": false,
                "properties": {"name": {"type": "string"}, "label": {"type": "string"}, "unit": {"type": "string"}},
            },
        ],
    });
    let mut keys = Anchor::ALL.map(Anchor::name).to_vec();
    keys.push(FORECAST);
    let schema = json!({
        "type": "object",
        "properties": {
            "series": {
                "type": "array", "minItems": 1, "maxItems": MOST_SERIES, "items": line,
                "description": "What to draw in one chart: metrics of simulate or fields of get_historical_data by name, alone or with a label and a \
                    unit. All have to begin on the same date. One that is not in a list is taken too.",
                "examples": [["network_RBP_EIB", "network_baseline_EIB"]],
            },
            "start_date_key": {
                "type": "string", "enum": keys,
                "description": "The date in the data's reply that entry 0 falls on: sim_start_date for metrics of simulate, for fields of \
                    get_historical_data the anchor in their field_meta. Worked out from the names when left out.",
            },
            "title": {"type": "string", "description": "A few words above the chart; the labels when left out."},
            "description": {
                "type": "string",
                "description": "A sentence or two below it: what it shows, under which assumptions, from which date. The meanings of the series when left out.",
            },
        },
        "required": ["series"],
        "additionalProperties": false,
    });
    Tool::new(
        "provide_plot",
        "Returns the specification of a line chart, for an interface that draws charts from the series that simulate or \
         get_historical_data returned. It holds names, labels, units and the date key, no numbers. Use it when the user wants a \
         chart: one call for each chart, several series in one call to draw them together. History and forecast begin on \
         different dates and need a chart each.",
    )
    .title("Specify a chart")
    .input_schema(mcp::model::object(schema))
    .also_wrapped(super::WRAPPERS)
    .read_only()
    .meta(view::of_tool())
}

pub(crate) async fn call(_: Context<Desk>, arguments: JsonObject) -> Result<Structured<Plot>, Error> {
    let mut arguments = request::chosen(arguments);
    let mut wrong = Wrong::new();
    let lines = take_lines(&mut arguments, &mut wrong);
    let key = request::text(&mut arguments, "start_date_key", &mut wrong);
    let title = request::text(&mut arguments, "title", &mut wrong);
    let description = request::text(&mut arguments, "description", &mut wrong);
    request::nothing_else(&arguments, &["series", "start_date_key", "title", "description"], &mut wrong);
    let key = if wrong.is_empty() { agree(&lines, key.as_deref(), &mut wrong) } else { None };
    let (Some(start_date_key), []) = (key, wrong.as_slice()) else { return Err(request::refused(&wrong)) };
    let labels: Vec<_> = lines.iter().map(|(line, _)| line.label.as_str()).collect();
    let chart = Chart {
        title: title.unwrap_or_else(|| labels.join(", ")),
        description: description.unwrap_or_else(|| {
            let told = lines.iter().map(|(line, source)| format!("{}: {}", line.label, source.meaning()));
            told.collect::<Vec<_>>().join(" ")
        }),
        start_date_key,
        series: lines.into_iter().map(|(line, _)| line).collect(),
    };
    Ok(Structured::new(Plot { chart }))
}

/// Where a line's numbers come from: a forecast, the history, or either.
#[derive(Clone, Copy)]
struct Source {
    metric: Option<Metric>,
    field: Option<Field>,
}

impl Source {
    fn named(name: &str) -> Option<Self> {
        let field = Field::named(name).filter(|field| field.anchor().is_some());
        let source = Self { metric: Metric::named(name), field };
        (source.metric.is_some() || source.field.is_some()).then_some(source)
    }

    /// The dates on which its entry 0 may fall, a forecast's first.
    fn keys(self) -> impl Iterator<Item = &'static str> {
        let anchor = self.field.and_then(Field::anchor).map(Anchor::name);
        self.metric.map(|_| FORECAST).into_iter().chain(anchor)
    }

    fn unit(self) -> &'static str {
        self.metric.map(Metric::unit).or_else(|| self.field.map(Field::unit)).unwrap_or_default()
    }

    fn meaning(self) -> String {
        let field = || self.field.map(|field| field.meaning().to_owned());
        self.metric.map(Metric::meaning).or_else(field).unwrap_or_default()
    }
}

fn take_lines(arguments: &mut JsonObject, wrong: &mut Wrong) -> Vec<(Line, Source)> {
    const FORM: &str = "series: must be a name, an object with a name, or a list of 1 to 12 of them";
    let given = match arguments.remove("series") {
        Some(Value::Array(given)) if (1..=MOST_SERIES).contains(&given.len()) => given,
        Some(one @ (Value::String(_) | Value::Object(_))) => vec![one],
        _ => {
            wrong.push(FORM.to_owned());
            return Vec::new();
        }
    };
    let mut lines = Vec::new();
    for entry in given {
        let mut entry = match entry {
            Value::String(name) => JsonObject::from_iter([("name".to_owned(), Value::from(name))]),
            Value::Object(entry) => request::chosen(entry),
            _ => {
                wrong.push(FORM.to_owned());
                continue;
            }
        };
        let Some(name) = request::text(&mut entry, "name", wrong) else {
            wrong.push(FORM.to_owned());
            continue;
        };
        let label = request::text(&mut entry, "label", wrong);
        let unit = request::text(&mut entry, "unit", wrong);
        request::nothing_else(&entry, &["name", "label", "unit"], wrong);
        let Some(source) = Source::named(&name) else {
            let series = || fields().filter(|field| field.anchor().is_some()).map(Field::name);
            wrong.push(format!("series: {}", metrics::unknown(&name, metrics::names().chain(series()))));
            continue;
        };
        // A running total is returned under its daily name, so that is what there is to draw.
        let name = source.metric.map_or(name, |metric| metric.name().to_owned());
        let line = Line {
            label: label.unwrap_or_else(|| name.replace('_', " ")),
            unit: unit.unwrap_or_else(|| source.unit().to_owned()),
            name,
        };
        lines.push((line, source));
    }
    lines
}

/// The date key of all lines: the one asked for, or the first that all of them have.
fn agree(lines: &[(Line, Source)], asked: Option<&str>, wrong: &mut Wrong) -> Option<&'static str> {
    let fits = |key: &&str| lines.iter().all(|(_, source)| source.keys().any(|has| has == *key));
    let possible: Vec<_> =
        lines.first().into_iter().flat_map(|(_, source)| source.keys()).filter(fits).collect();
    let chosen = match asked {
        Some(asked) => possible.iter().find(|key| **key == asked),
        None => possible.first(),
    };
    if chosen.is_none() {
        let each = lines.iter().map(|(line, source)| {
            format!("{} begins on {}", line.name, source.keys().collect::<Vec<_>>().join(" or "))
        });
        wrong.push(format!(
            "start_date_key: {}; make a chart for each date",
            each.collect::<Vec<_>>().join(", ")
        ));
    }
    chosen.copied()
}
