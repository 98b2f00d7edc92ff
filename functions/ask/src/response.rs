//! What is answered.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};
use models::{Models, Payer, Usage, known};
use serde::Serialize;

/// What a key spends is its owner's affair: no cache keeps it.
const PRIVATE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

/// The models, and what was spent.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Models)]
pub(crate) struct ModelsReply {
    /// The models that may be asked, the default first.
    models: Vec<ModelEntry>,
    /// What the key may spend, and has spent.
    budget: Budget,
    /// What the key's owner has asked today (UTC).
    today: Vec<Asked>,
}

/// A model.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Model)]
pub(crate) struct ModelEntry {
    /// `provider/model`: what `model` of a request takes.
    name: String,
    /// Tokens of a conversation, question and answer together; null where it is not known.
    context_tokens: Option<u64>,
    /// US dollars for a million tokens of a question; null where it is not known.
    input_price: Option<f64>,
    /// US dollars for a million tokens of an answer; null where it is not known.
    output_price: Option<f64>,
}

/// A key's budget of tokens.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = TokenBudget)]
pub(crate) struct Budget {
    /// Tokens a day (UTC), read and written; null for the operator, who has none.
    tokens_per_day: Option<u64>,
    /// Spent today, with what requests under way have reserved.
    spent: u64,
}

/// What was asked of a model.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ModelUsage)]
pub(crate) struct Asked {
    /// `provider/model`.
    model: String,
    /// Calls.
    calls: u64,
    /// Of them, those that failed.
    failures: u64,
    /// Tokens read.
    input_tokens: u64,
    /// Tokens written.
    output_tokens: u64,
    /// US dollars; 0 where the price is not known.
    cost: f64,
}

pub(crate) fn models(models: &Models, payer: &Payer, usage: Usage) -> Response {
    let entry = |name: String| {
        let known = name.split_once('/').and_then(|(_, model)| known::find(model));
        ModelEntry {
            context_tokens: known.map(|known| known.context),
            input_price: known.map(|known| known.price.input),
            output_price: known.map(|known| known.price.output),
            name,
        }
    };
    let asked = usage.models.into_iter().map(|asked| Asked {
        model: asked.model,
        calls: asked.calls,
        failures: asked.failures,
        input_tokens: asked.tokens.input,
        output_tokens: asked.tokens.output,
        cost: asked.cost as f64 / 1e6,
    });
    let reply = ModelsReply {
        models: models.names().into_iter().map(entry).collect(),
        budget: Budget {
            tokens_per_day: payer.subject.as_ref().map(|_| payer.tokens_per_day),
            spent: usage.spent,
        },
        today: asked.collect(),
    };
    ([PRIVATE], web::json(&reply)).into_response()
}
