//! `POST /mcp`: the product's forecasts and histories as tools, resources and prompts for assistants.
//!
//! The protocol is in `wasm-shared/mcp/server`; the tools, resources and prompts in `wasm-shared/filecoin/assistant`.

mod server;
mod sources;

use assistant::Desk;
pub use assistant::{TERMS, Terms};
use axum::{
    Extension, Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{Method, StatusCode};
use platform::{Application, Platform};
use web::{CacheHit, Operation, PageMayRead, Permit, Problem, Routes, Scope, Verb};

/// The operations of this function.
pub const OPERATIONS: &[Operation] =
    &[Operation::new(Verb::Post, "/mcp", "mcp", Scope::Read).costing_by_size(0).reading(mcp::LIMITS)];

/// This function's route.
pub fn routes() -> Router<Platform> {
    // For every method: what is no POST gets its 405 from the server, as the protocol wants it.
    Routes::of(OPERATIONS).handle_any_method("mcp", answer).into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = (
        platform::services![Archive, Assets, Cache],
        (services::Jobs, (services::Daemons, (services::Gateway, ()))),
    );

    fn routes() -> Router<Platform> {
        routes()
    }
}

/// What the tools of other groups need besides, where their group is deployed.
mod services {
    #[cfg(feature = "daemons")]
    pub(crate) type Daemons = platform::services![Database, HttpClient, Inference];
    #[cfg(not(feature = "daemons"))]
    pub(crate) type Daemons = ();
    #[cfg(feature = "gateway")]
    pub(crate) type Gateway = platform::services![Database, HttpClient];
    #[cfg(not(feature = "gateway"))]
    pub(crate) type Gateway = ();
    #[cfg(feature = "jobs")]
    pub(crate) type Jobs = platform::services![Database, Queue];
    #[cfg(not(feature = "jobs"))]
    pub(crate) type Jobs = ();
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// The Model Context Protocol: tools, resources and prompts for assistants.
///
/// Streamable HTTP without sessions, revision 2026-07-28; `initialize` serves clients of 2024-11-05 to 2025-11-25.
#[utoipa::path(
    post, path = "/mcp", tag = "assistants",
    request_body(content = assistant::Message, description = "A JSON-RPC 2.0 message of the Model Context Protocol."),
    responses(
        (status = 200, description = "The answer: a JSON-RPC message, for older clients as one server-sent event.",
         content((serde_json::Value = "application/json"), (String = "text/event-stream"))),
        (status = 202, description = "A notification was taken."),
        (status = 400, description = "No message of the protocol, or headers that contradict it; the body is a JSON-RPC error."),
        (status = 403, description = "The `Origin` or `Host` is not allowed; see `MCP_ALLOWED_ORIGINS`."),
        (status = 406, description = "`Accept` takes neither JSON nor an event stream."),
        (status = 413, description = "The message is too large."),
        (status = 415, description = "The body is not declared as JSON."),
    ),
)]
async fn answer(
    State(platform): State<Platform>,
    permit: Permit,
    request: Request,
) -> Result<Response, Problem> {
    let caller = request.extensions().get().cloned();
    let desk = Desk::open(&platform, permit, caller).await.map_err(|error| Problem::unavailable(&error))?;
    let admitted = desk.admit(request.uri(), request.headers());
    let page = PageMayRead(admitted.is_ok());
    if request.method() == Method::OPTIONS {
        // A browser asks before it lets a page call: those that may not are told here already.
        let asked = match admitted {
            Ok(()) => StatusCode::NO_CONTENT.into_response(),
            Err(why) => {
                Problem::new(StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED", why.to_string()).into_response()
            }
        };
        return Ok((Extension(page), asked).into_response());
    }
    let hit = CacheHit(desk.is_from_memory());
    let server = server::at(&desk)?;
    let answer = mcp::answer(&server, desk.clone(), request).await;
    let answer = desk.refused().map_or(answer, Problem::into_response);
    Ok((Extension(page), Extension(hit), answer).into_response())
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(answer))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
