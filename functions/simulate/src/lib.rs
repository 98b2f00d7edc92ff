//! `/simulate`, `/simulate/full`, `/simulate/full-with-history`: forecasts.
//!
//! By POST with the assumptions in the body, or by GET with those that stay the same every day in the query. What a
//! forecast is, its request and its reply, is in `wasm-shared/filecoin/forecast`; this is the way there and back.

mod request;
mod response;

use axum::{
    Router,
    extract::RawQuery,
    http::HeaderMap,
    response::Response,
    routing::{MethodRouter, get},
};
use forecast::Scope;
use network_data::calendar::Resolution;
use platform::{Application, Platform};
use request::{Asked, Linked};
#[cfg(feature = "openapi")]
use request::{Assumptions, Parameters};
use response::Shape;
use web::Problem;

const WEEKLY: Shape = Shape { scope: Scope::Forecast, resolution: Resolution::Weekly };
const DAILY: Shape = Shape { scope: Scope::Forecast, resolution: Resolution::Daily };
const DAILY_WITH_HISTORY: Shape = Shape { scope: Scope::WithHistory, resolution: Resolution::Daily };

fn routes() -> Router<Platform> {
    Router::new()
        .route("/simulate", both(WEEKLY))
        .route("/simulate/full", both(DAILY))
        .route("/simulate/full-with-history", both(DAILY_WITH_HISTORY))
}

/// GET and POST of a path.
fn both(shape: Shape) -> MethodRouter<Platform> {
    let linked = async move |RawQuery(query): RawQuery, headers: HeaderMap, linked: Linked| -> Response {
        response::linked_reply(linked, shape, query.as_deref().unwrap_or_default(), &headers)
    };
    get(linked).post(async move |asked: Asked| -> Result<Response, Problem> { response::reply(asked, shape) })
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
entry::export!(Function);

/// This function's part of the OpenAPI document.
#[cfg(feature = "openapi")]
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented::openapi()
}

/// The operations as the document has them. The handlers are closures over what a path covers, so each operation is
/// described by a function that is never called.
#[cfg(feature = "openapi")]
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
