//! `POST /ask`: questions in words, answered by a language model with this service's own tools. `GET /api/models`: which models may be
//! asked, and what was spent.
//!
//! Providers, budgets and the record are in `wasm-shared/models`, questions and answers in `wasm-shared/filecoin/asking`; here are the
//! routes.

mod request;
mod response;
mod stream;

use std::time::Duration;

use asking::Asking;
use axum::{Router, extract::State, response::Response};
use bounded_json::Limits;
use models::{Models, Payer};
use platform::{Application, Platform};
use request::Asked;
use response::{AnswerReply, ModelsReply, QuestionBody};
use web::{Operation, Owner, Problem, Routes, Scope, Scopes, Verb, body::SMALL};

/// The operations of this function. A question costs as much as submitting a job; its tools are counted besides, as they are by `/mcp`.
pub const OPERATIONS: &[Operation] = &[
    Operation::new(Verb::Post, "/ask", "ask", Scope::Models).costing_by_size(COST).reading(bounded(SMALL)),
    Operation::new(Verb::Get, "/api/models", "list_models", Scope::Models),
];

/// What a question takes of the caller's quota.
const COST: u32 = 10;
/// For one question: a stream of events may go on for five minutes.
const TIME: Duration = Duration::from_secs(280);

/// Room for a question with all that was said before, in any script.
const fn bounded(limits: Limits) -> Limits {
    Limits { bytes: 256 << 10, text_bytes: 256 << 10, ..limits }
}

fn routes() -> Router<Platform> {
    Routes::of(OPERATIONS).handle("ask", answer).handle("list_models", list).into()
}

/// This function, as its platform sees it.
pub struct Function;

impl Application for Function {
    #[cfg(not(feature = "jobs"))]
    type Services = platform::services![Archive, Assets, Cache, Database, HttpClient, Inference];
    #[cfg(feature = "jobs")]
    type Services = platform::services![Archive, Assets, Cache, Database, HttpClient, Inference, Queue];

    fn routes() -> Router<Platform> {
        routes()
    }
}

#[cfg(feature = "entry")]
entry::export!(guarded Function);

/// Ask a question about Filecoin's economy in words.
///
/// A language model answers it with this service's own tools: forecasts, comparisons, ranges, histories. Figures that no tool gave are
/// named in `unsupported_numbers`. The model of `scripts/dev --with-model` is small, and so are its answers: they have the form of answers,
/// and know next to nothing. With `Accept: text/event-stream` what happens comes as events: `step`, `text`, `tool_call`,
/// `tool_result`, and at the end `answer` (the reply) or `error` (a problem).
#[utoipa::path(
    post, path = "/ask", operation_id = "ask", tag = "models", security(("key" = [])),
    request_body(content = QuestionBody),
    responses((status = 200, description = "The answer, with what it stands on.",
               content((AnswerReply = "application/json"), (String = "text/event-stream"))),
              (status = 401, description = "No key, or one that is not good.", body = Problem),
              (status = 403, description = "The key has not the scope `models`.", body = Problem),
              (status = 429, description = "The key's budget of tokens is spent (`TOKEN_BUDGET_EXCEEDED`), or the provider allows no more.", body = Problem),
              (status = 502, description = "The provider does not answer, or not as it should.", body = Problem),
              (status = 503, description = "No model is set (`NO_MODEL`), or the provider is overloaded.", body = Problem),
              (status = 504, description = "No answer in time.", body = Problem),
              web::openapi::BodyProblems),
)]
async fn answer(State(platform): State<Platform>, asked: Asked) -> Result<Response, Problem> {
    let Asked { question, caller, permit, streams } = asked;
    let payer = Payer::of(&platform, &caller).await?;
    permit.take(Scopes::NONE, COST).await?;
    let asking = Asking::of(&platform, question, Some(caller), permit, TIME).await?;
    if streams {
        return Ok(stream::events(&platform, asking, payer));
    }
    let answer = asking.answer(&platform, &payer, false, &mut |_| {}).await?;
    Ok(response::answer(&answer))
}

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
    #[openapi(paths(answer, list))]
    struct Part;
    web::openapi::described(<Part as utoipa::OpenApi>::openapi(), OPERATIONS)
}
