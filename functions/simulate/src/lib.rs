//! `/simulate`, `/simulate/full`, `/simulate/full-with-history`: forecasts.
//!
//! By POST with the assumptions in the body, or by GET with those that stay the same every day in the query. What a
//! forecast is, its request and its reply, is in `wasm-shared/filecoin/forecast`; this is the way there and back.

mod request;
mod response;

use axum::{Router, extract::RawQuery, http::HeaderMap, response::Response};
use forecast::Scope as Days;
use network_data::calendar::Resolution;
use platform::{Application, Platform};
use request::{Asked, Linked};
use request::{Assumptions, Parameters};
use response::Shape;
use web::{Operation, Problem, Routes, Scope, Verb, body::FORECAST};

/// The operations of this function.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Post, "/simulate", "simulate_weekly", Scope::Read).reading(FORECAST),
    Operation::new(Verb::Get, "/simulate", "get_simulate_weekly", Scope::Read),
    // Of a daily reply most of the work is writing its numbers: seven times as many as in a weekly one.
    Operation::new(Verb::Post, "/simulate/full", "simulate_daily", Scope::Read).costing(2).reading(FORECAST),
    Operation::new(Verb::Get, "/simulate/full", "get_simulate_daily", Scope::Read).costing(2),
    Operation::new(Verb::Post, "/simulate/full-with-history", "simulate_daily_with_history", Scope::Read)
        .costing(3)
        .reading(FORECAST),
    Operation::new(Verb::Get, "/simulate/full-with-history", "get_simulate_daily_with_history", Scope::Read)
        .costing(3),
];

const WEEKLY: Shape = Shape { scope: Days::Forecast, resolution: Resolution::Weekly };
const DAILY: Shape = Shape { scope: Days::Forecast, resolution: Resolution::Daily };
const DAILY_WITH_HISTORY: Shape = Shape { scope: Days::WithHistory, resolution: Resolution::Daily };

fn routes() -> Router<Platform> {
    [
        ("simulate_weekly", "get_simulate_weekly", WEEKLY),
        ("simulate_daily", "get_simulate_daily", DAILY),
        ("simulate_daily_with_history", "get_simulate_daily_with_history", DAILY_WITH_HISTORY),
    ]
    .into_iter()
    .fold(Routes::of(OPERATIONS), |routes, (post, get, shape)| {
        let linked = async move |RawQuery(query): RawQuery, headers: HeaderMap, linked: Linked| -> Response {
            response::linked_reply(linked, shape, query.as_deref().unwrap_or_default(), &headers)
        };
        let asked = async move |asked: Asked| -> Result<Response, Problem> { response::reply(asked, shape) };
        routes.handle(post, asked).handle(get, linked)
    })
    .into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Archive, Assets, Cache];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    web::openapi::described(documented::openapi(), OPERATIONS)
}

/// The operations as the document has them. The handlers are closures over what a path covers, so each operation is
/// described by a function that is never called.
#[allow(dead_code, reason = "only their descriptions are used")]
mod documented {
    use super::{Assumptions, Parameters, response};

    macro_rules! operations {
        ($($path:literal: $post:ident $get:ident, $what:literal;)*) => {
            $(
                #[doc = $what]
                #[utoipa::path(
                    post, path = $path, tag = "forecasts", request_body = Assumptions,
                    responses(response::Documented, web::openapi::BodyProblems),
                )]
                fn $post() {}

                #[doc = $what]
                ///
                /// The assumptions stand in the query, for links and spreadsheets; each is the same every day.
                #[utoipa::path(
                    get, path = $path, tag = "forecasts", params(Parameters), responses(response::Documented),
                )]
                fn $get() {}
            )*

            #[derive(utoipa::OpenApi)]
            #[openapi(paths($($post, $get),*), components(schemas(response::Forecast)))]
            struct Part;
        };
    }

    operations! {
        "/simulate": simulate_weekly get_simulate_weekly, "A forecast, one entry a week.";
        "/simulate/full": simulate_daily get_simulate_daily, "A forecast, one entry a day.";
        "/simulate/full-with-history": simulate_daily_with_history get_simulate_daily_with_history, "History and forecast, one entry a day.";
    }

    pub(super) fn openapi() -> utoipa::openapi::OpenApi {
        let mut part = <Part as utoipa::OpenApi>::openapi();
        for operation in part.paths.paths.values_mut().filter_map(|path| path.post.as_mut()) {
            // Without a body every assumption is left out.
            if let Some(utoipa::openapi::RefOr::T(body)) = operation.request_body.as_mut() {
                body.required = Some(utoipa::openapi::Required::False);
            }
        }
        part
    }
}
