use economy::Series;
use forecast::{FIELDS, Question, Refusal};
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterBuilder, ParameterIn},
};
use web::{FieldProblem, Problem, QueryPairs};

/// The series of a chart where none is named.
const DEFAULT_SERIES: &str = "1y_sector_roi";
/// Lines in one chart: as many as one can tell apart, and as many as there are colours.
const MOST_SERIES: usize = 6;
/// The smallest and the largest picture, in pixels, and the usual one.
const WIDTHS: (u32, u32, u32) = (320, 2400, 960);
const HEIGHTS: (u32, u32, u32) = (200, 1600, 480);

/// Parameters beside the assumptions: name, and what it is.
const OWN: [(&str, &str); 5] = [
    (
        "series",
        "The series to draw: one to six names with commas between them, of the same unit; `1y_sector_roi` when left out.",
    ),
    ("theme", "`light` or `dark`; `light` when left out."),
    ("title", "A few words above the chart; the names of the series when left out."),
    ("width", "Pixels, 320 to 2400; 960 when left out."),
    ("height", "Pixels, 200 to 1600; 480 when left out."),
];

/// A question, and how its answer is to look.
pub(super) struct Asked {
    pub(super) question: Question,
    pub(super) series: Vec<Series>,
    pub(super) title: Option<String>,
    pub(super) theme: Theme,
    pub(super) size: (u32, u32),
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    Light,
    Dark,
}

pub(super) fn read(QueryPairs(pairs): QueryPairs) -> Result<Asked, Problem> {
    let mut own: [Option<String>; OWN.len()] = Default::default();
    let mut problems = Vec::new();
    let mut assumptions = Vec::new();
    for (name, value) in pairs {
        match OWN.iter().position(|(known, _)| *known == name) {
            Some(place) if own[place].is_some() => {
                problems.push(FieldProblem::in_query(&name, "is given twice; give it once"));
            }
            Some(place) => own[place] = Some(value.trim().to_owned()).filter(|value| !value.is_empty()),
            // What the chart shows is named by `series`.
            None if name == "output" => {
                problems.push(FieldProblem::in_query(&name, "a chart's series are named by `series`"));
            }
            None => assumptions.push((name, value)),
        }
    }
    let [series, theme, title, width, height] = own;
    let series = self::series(series.as_deref().unwrap_or(DEFAULT_SERIES), &mut problems);
    let theme = match theme.as_deref() {
        None | Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        Some(_) => {
            problems.push(FieldProblem::in_query("theme", "must be light or dark"));
            Theme::Light
        }
    };
    if title.as_ref().is_some_and(|title| title.chars().count() > forecast::LONGEST_TEXT) {
        let detail = format!("must not have more than {} characters", forecast::LONGEST_TEXT);
        problems.push(FieldProblem::in_query("title", detail));
    }
    let size = (
        pixels("width", width.as_deref(), WIDTHS, &mut problems),
        pixels("height", height.as_deref(), HEIGHTS, &mut problems),
    );
    assumptions.push(("output".to_owned(), names(&series)));
    match Question::from_query(assumptions) {
        Ok(question) if problems.is_empty() => Ok(Asked { question, series, title, theme, size }),
        Ok(_) => Err(Problem::invalid(problems)),
        Err(refused) => {
            let in_query = |Refusal { pointer, detail }: Refusal| FieldProblem {
                pointer: pointer.replacen('/', "?", 1),
                detail,
            };
            problems.extend(refused.into_iter().map(in_query));
            Err(Problem::invalid(problems))
        }
    }
}

fn names(series: &[Series]) -> String {
    series.iter().map(|series| series.name()).collect::<Vec<_>>().join(",")
}

fn series(text: &str, problems: &mut Vec<FieldProblem>) -> Vec<Series> {
    let mut refuse = |detail: String| problems.push(FieldProblem::in_query("series", detail));
    let mut found = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()).take(MOST_SERIES + 1) {
        match Series::from_name(name) {
            Some(series) if found.contains(&series) => {}
            Some(series) => found.push(series),
            None => {
                let name: String = name.chars().take(80).collect();
                refuse(format!("{name} is no series; /openapi.json lists them"));
            }
        }
    }
    if found.len() > MOST_SERIES {
        refuse(format!("a chart has at most {MOST_SERIES} series"));
        found.truncate(MOST_SERIES);
    }
    if let Some(other) = found.iter().find(|other| other.unit() != found[0].unit()) {
        refuse(format!(
            "{} is in {} and {} in {}; a chart has one axis, so ask for two charts",
            found[0].name(),
            found[0].unit(),
            other.name(),
            other.unit()
        ));
    }
    found
}

fn pixels(
    name: &str,
    given: Option<&str>,
    (least, most, usual): (u32, u32, u32),
    problems: &mut Vec<FieldProblem>,
) -> u32 {
    let Some(given) = given else { return usual };
    match given.parse() {
        Ok(pixels) if (least..=most).contains(&pixels) => pixels,
        _ => {
            problems
                .push(FieldProblem::in_query(name, format!("must be a whole number from {least} to {most}")));
            usual
        }
    }
}

/// The parameters as the OpenAPI document has them.
pub(super) struct Parameters;

impl IntoParams for Parameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, description: String, schema| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .description(Some(description))
                .schema(Some(web::openapi::schema(schema)))
                .build()
        };
        let own = OWN.iter().map(|(name, meaning)| {
            parameter(name, (*meaning).to_owned(), serde_json::json!({"type": "string"}))
        });
        let assumptions = FIELDS.iter().filter(|field| field.name != "output").filter_map(|field| {
            Some(parameter(field.name, forecast::description(field), forecast::query_schema(field)?))
        });
        own.chain(assumptions).collect()
    }
}
