use axum::response::{IntoResponse as _, Response};
use forecast::Scope;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use network_data::calendar::Resolution;
use web::{Format, Problem, Validator};

use crate::request::{Asked, Linked};

/// The days that a path covers, and its resolution where the question names none.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) scope: Scope,
    pub(crate) resolution: Resolution,
}

/// The answer to a POST.
pub(crate) fn reply(asked: Asked, shape: Shape) -> Result<Response, Problem> {
    // No cache keeps the answer to a POST, and this one is made anew every day.
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, forecast(asked, shape)?).into_response())
}

/// The answer to a GET, which a cache may keep as long as its validator holds.
pub(crate) fn linked_reply(
    Linked(asked): Linked,
    shape: Shape,
    query: &str,
    headers: &HeaderMap,
) -> Response {
    // The warnings say how old the data are, so the day counts too.
    let today = asked.platform.clock().now().date_naive().to_string();
    let format = if asked.format == Format::Csv { "csv" } else { "json" };
    let scope = if shape.scope == Scope::Forecast { "forecast" } else { "with history" };
    let by_path = shape.resolution.name();
    let validator = Validator::of(&["simulate", &asked.current.0.id, scope, by_path, format, query, &today]);
    let vary = [(header::VARY, HeaderValue::from_static("accept"))];
    (vary, validator.answer(headers, || forecast(asked, shape).into_response())).into_response()
}

/// Runs the forecast and writes it in the form that the caller accepts.
fn forecast(asked: Asked, shape: Shape) -> Result<Response, Problem> {
    let Asked { platform, format, current, question } = asked;
    let today = platform.clock().now().date_naive();
    let internal = |what: &str, error: &dyn std::fmt::Display| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            format!("{what} ({error}); please report it with the request id."),
        )
        .with_cause(error)
    };
    let resolved = question.resolve(&current.0.snapshot);
    let answer = resolved
        .answer(shape.scope, shape.resolution, today)
        .map_err(|error| internal("The model refused its input", &error))?;
    let (media_type, body) = match format {
        Format::Json => {
            let json = answer.to_json();
            ("application/json", json.map_err(|error| internal("The answer is not JSON", &error))?)
        }
        Format::Csv => ("text/csv; charset=utf-8", answer.to_csv().into_bytes()),
    };
    let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))];
    Ok((current.cache_hit(), content_type, body).into_response())
}

pub(crate) use documented::{Documented, Forecast};

mod documented {
    use std::collections::BTreeMap;

    use utoipa::{
        IntoResponses, PartialSchema, ToSchema,
        openapi::{ContentBuilder, RefOr, Response, ResponseBuilder, Schema},
    };
    use web::openapi::{problem, responses};

    /// The reply, described by the tables that write it.
    pub(crate) struct Forecast;

    impl PartialSchema for Forecast {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(forecast::reply_schema())
        }
    }

    impl ToSchema for Forecast {}

    pub(crate) struct Documented;

    impl IntoResponses for Documented {
        fn responses() -> BTreeMap<String, RefOr<Response>> {
            let forecast = utoipa::openapi::Ref::from_schema_name("Forecast");
            let json = ContentBuilder::new().schema(Some(forecast)).build();
            let csv = ContentBuilder::new().schema(Some(String::schema())).build();
            let found = ResponseBuilder::new()
                .description("The forecast; with `Accept: text/csv` a table of `date` and a column a series.")
                .content("application/json", json)
                .content("text/csv", csv)
                .build();
            responses([
                ("200", found),
                ("406", problem("Neither JSON nor CSV is accepted.")),
                ("422", problem("Some values are not possible; `errors` names each.")),
                ("503", problem("No network data yet, or a store did not answer.")),
            ])
        }
    }
}
