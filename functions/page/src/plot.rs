//! `GET /plot.svg`: a forecast as a picture, for documents and for clients that draw nothing themselves.

mod axis;
mod drawing;
mod request;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use drawing::{Drawing, Line};
use economy::Series;
use forecast::Scope;
use network_data::calendar::Resolution;
use platform::Platform;
use request::Asked;
use snapshot_store::CurrentSnapshot;
use web::{Problem, QueryPairs, Validator};

/// A chart of a forecast, with the history before it.
///
/// One to six series of the same unit, under the assumptions of `GET /simulate`. A picture of its own: no script, no other file.
#[utoipa::path(
    get, path = "/plot.svg", tag = "forecasts", params(request::Parameters),
    responses(
        (status = 200, description = "The chart, as `image/svg+xml`."),
        (status = 422, description = "Some values are not possible; `errors` names each.", content_type = "application/problem+json", body = Problem),
        (status = 503, description = "No network data yet, or a store did not answer.", content_type = "application/problem+json", body = Problem),
    ),
)]
pub(crate) async fn answer(
    State(platform): State<Platform>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    current: CurrentSnapshot,
    pairs: QueryPairs,
) -> Result<Response, Problem> {
    let asked = request::read(pairs)?;
    let hit = current.cache_hit();
    let today = platform.clock().now().date_naive();
    let query = query.unwrap_or_default();
    let validator = Validator::of(&["plot", &current.0.id, &query, &today.to_string()]);
    let reply = validator.answer(&headers, || picture(asked, &current, today).into_response());
    Ok((hit, reply).into_response())
}

fn picture(asked: Asked, current: &CurrentSnapshot, today: NaiveDate) -> Result<Response, Problem> {
    let snapshot = &current.0.snapshot;
    let Asked { question, series, title, theme, size } = asked;
    let answer = question.resolve(snapshot).answer(Scope::WithHistory, Resolution::Weekly, today).map_err(
        |error| {
            let detail =
                format!("The model refused its input ({error}); please report it with the request id.");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", detail).with_cause(&error)
        },
    )?;
    let dates: Vec<NaiveDate> = answer.sampling().dates().collect();
    let lines: Vec<Line> = answer
        .series()
        .map(|(series, values)| Line { name: in_words(series), values: values.iter().collect() })
        .collect();
    let drawing = Drawing {
        title: title
            .unwrap_or_else(|| series.iter().map(|series| in_words(*series)).collect::<Vec<_>>().join(", ")),
        unit: series.first().map_or("", |series| series.unit()),
        note: format!(
            "Data to {} ({}); forecast by MechaFil Edge",
            snapshot.current_date(),
            snapshot.source()
        ),
        current: snapshot.current_date(),
        dates,
        lines,
        theme,
        size,
    };
    let media_type = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        // Opened by itself it is a document; it has nothing to run and nothing to load.
        (crate::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
    ];
    Ok((media_type, drawing.to_svg()).into_response())
}

/// What a legend calls a series.
fn in_words(series: Series) -> String {
    match series.name() {
        "1y_sector_roi" => "Return on pledge over one year".to_owned(),
        "day_pledge_per_QAP" => "Pledge for 32 GiB of quality-adjusted power".to_owned(),
        "network_RBP_EIB" | "rb_total_power_eib" => "Raw byte power".to_owned(),
        "network_QAP_EIB" | "qa_total_power_eib" => "Quality-adjusted power".to_owned(),
        "circ_supply" => "Circulating supply".to_owned(),
        "network_locked" => "Locked FIL".to_owned(),
        "network_baseline_EIB" => "Baseline".to_owned(),
        name => {
            let words = name.replace('_', " ");
            let mut letters = words.chars();
            letters
                .next()
                .map(|first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
                .unwrap_or_default()
        }
    }
}
