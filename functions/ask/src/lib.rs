//! `GET /api/models`: which language models may be asked, and what was spent.
//!
//! Providers, budgets and the record are in `wasm-shared/models`; here are the routes.

mod response;

use axum::{Router, extract::State, response::Response};
use models::{Models, Payer};
use platform::{Application, Platform};
use response::ModelsReply;
use web::{Operation, Owner, Problem, Routes, Scope, Verb};

/// The operations of this function.
pub const OPERATIONS: &[Operation] =
    &[Operation::new(Verb::Get, "/api/models", "list_models", Scope::Models)];

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS).handle("list_models", list).into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    type Services = platform::services![Database, HttpClient];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// The language models that may be asked, the default first, and what your key has spent today.
#[utoipa::path(
    get, path = "/api/models", operation_id = "list_models", tag = "models", security(("key" = [])),
    responses((status = 200, description = "The models, and what was spent.", body = ModelsReply),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "The key has not the scope `models`.", body = Problem),
              (status = 503, description = "No model is set (`NO_MODEL`), or a store did not answer.", body = Problem)),
)]
async fn list(Owner { caller, .. }: Owner, State(platform): State<Platform>) -> Result<Response, Problem> {
    let models = Models::open(&platform).await?;
    let payer = Payer::of(&platform, &caller).await?;
    let usage = models::usage(&platform, &payer).await?;
    Ok(response::models(&models, &payer, usage))
}

/// This function's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(list))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
