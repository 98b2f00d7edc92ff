//! What is answered.

use asking::Answer;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, header};
use models::{Models, Payer, Usage, known};
use serde::Serialize;

/// What a key spends is its owner's affair: no cache keeps it.
const PRIVATE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));

pub(crate) fn answer(answer: &Answer) -> Response {
    ([PRIVATE], web::json(&answer.json)).into_response()
}

pub(crate) use documented::{AnswerReply, QuestionBody};

mod documented {
    use std::borrow::Cow;

    use asking::{MOST_STEPS, STEPS};
    use serde_json::json;
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{RefOr, Schema},
    };

    /// A question.
    pub(crate) struct QuestionBody;

    impl PartialSchema for QuestionBody {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(json!({
                "type": "object",
                "required": ["question"],
                "additionalProperties": false,
                "properties": {
                    "question": {"type": "string", "minLength": 1, "maxLength": 10_000, "description": "In any language."},
                    "history": {
                        "type": ["array", "null"], "maxItems": 50,
                        "items": {
                            "type": "object", "required": ["role", "content"], "additionalProperties": false,
                            "properties": {"role": {"type": "string", "enum": ["user", "assistant"]}, "content": {"type": "string"}},
                        },
                        "description": "What was said before: 40,000 characters together.",
                    },
                    "model": {"type": ["string", "null"], "description": "A name of GET /api/models; the deployment's default if left out."},
                    "max_steps": {
                        "type": ["integer", "null"], "minimum": 1, "maximum": MOST_STEPS,
                        "description": format!("Turns of the model that may call tools; {STEPS} if left out."),
                    },
                    "tools": {
                        "type": ["array", "null"], "items": {"type": "string"}, "maxItems": 50,
                        "description": "The tools that may be used, by their names at /mcp; all if left out.",
                    },
                    "name": {"type": ["string", "null"], "description": "For your own use; given back."},
                },
            }))
        }
    }

    impl ToSchema for QuestionBody {
        fn name() -> Cow<'static, str> {
            "Question".into()
        }
    }

    /// An answer.
    pub(crate) struct AnswerReply;

    impl PartialSchema for AnswerReply {
        fn schema() -> RefOr<Schema> {
            web::openapi::schema(json!({
                "type": "object",
                "required": ["answer", "ended", "tool_calls", "charts", "unsupported_numbers", "model", "steps", "tokens", "cost", "warnings"],
                "properties": {
                    "answer": {"type": "string", "description": "In Markdown; empty where the model was stopped before it had one."},
                    "ended": {
                        "type": "string", "enum": ["answered", "steps", "tokens", "time", "repetition", "length", "refusal"],
                        "description": "Why it ended.",
                    },
                    "tool_calls": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["step", "id", "tool", "arguments", "result", "result_bytes_cut", "is_error"],
                            "properties": {
                                "step": {"type": "integer", "description": "In which turn of the model, from 1."},
                                "id": {"type": "string"},
                                "tool": {"type": "string"},
                                "arguments": {"type": "object"},
                                "result": {"type": "string", "description": "What it gave, shortened."},
                                "result_bytes_cut": {"type": "integer"},
                                "is_error": {"type": "boolean"},
                            },
                        },
                    },
                    "charts": {"type": "array", "items": {"type": "object"}, "description": "What provide_plot specified."},
                    "unsupported_numbers": {
                        "type": "array", "items": {"type": "string"},
                        "description": "Figures of the answer that no tool gave, as they are written there.",
                    },
                    "model": {"type": "string", "description": "provider/model."},
                    "steps": {"type": "integer", "description": "Turns of the model."},
                    "tokens": {
                        "type": "object", "required": ["input", "output"],
                        "properties": {"input": {"type": "integer"}, "output": {"type": "integer"}},
                    },
                    "cost": {"type": ["number", "null"], "description": "US dollars; null where the price is not known."},
                    "warnings": {"type": "array", "items": {"type": "string"}},
                    "name": {"type": "string"},
                },
            }))
        }
    }

    impl ToSchema for AnswerReply {
        fn name() -> Cow<'static, str> {
            "Answer".into()
        }
    }
}

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
