use axum::response::{IntoResponse as _, Response};
use forecast::Scope;
use http::{HeaderValue, StatusCode, header};
use network_data::calendar::Resolution;
use web::{Format, Problem};

use crate::request::Asked;

/// Runs the forecast and writes it in the form that the caller accepts.
pub(crate) fn reply(asked: Asked, scope: Scope, by_path: Resolution) -> Result<Response, Problem> {
    let Asked { platform, format, current, question } = asked;
    let today = platform.clock().now().date_naive();
    let answer = question.resolve(&current.0.snapshot).answer(scope, by_path, today).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            format!("The model refused its input ({error}); please report it with the request id."),
        )
        .with_cause(&error)
    })?;
    let reply = match format {
        Format::Json => web::json(&answer),
        Format::Csv => {
            let csv = HeaderValue::from_static("text/csv; charset=utf-8");
            ([(header::CONTENT_TYPE, csv)], answer.to_csv()).into_response()
        }
    };
    // Network data change daily, and a forecast is cheap: no cache keeps one.
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((current.cache_hit(), no_store, reply).into_response())
}

#[cfg(feature = "openapi")]
pub(crate) use documented::Documented;

#[cfg(feature = "openapi")]
mod documented {
    use std::collections::{BTreeMap, HashMap};

    use utoipa::{
        IntoResponses, PartialSchema, ToSchema,
        openapi::{ContentBuilder, RefOr, Response, ResponseBuilder},
    };
    use web::openapi::{problem, responses};

    /// What a forecast's reply looks like.
    #[derive(ToSchema)]
    #[schema(as = Forecast)]
    #[expect(dead_code, reason = "the reply is serialised from the model's arrays; this describes its shape")]
    pub(crate) struct Shape {
        /// The values that were used: every assumption (a vector as `{"type": "array", "length", "first", "last"}`),
        /// `current date`, `data_source`, `resolution`, `sim_start_date` (the date of index 0 of every series),
        /// `sim_end_date`, `timestep_days` (null for monthly, where `dates` lists the days) and `n_entries`.
        input: HashMap<String, serde_json::Value>,
        /// The series asked for: one entry a day of the resolution, null where the model has no value.
        simulation_output: HashMap<String, Vec<Option<f64>>>,
        /// What a careful analyst would say.
        warnings: Vec<String>,
    }

    pub(crate) struct Documented;

    impl IntoResponses for Documented {
        fn responses() -> BTreeMap<String, RefOr<Response>> {
            let json = ContentBuilder::new().schema(Some(Shape::schema())).build();
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
