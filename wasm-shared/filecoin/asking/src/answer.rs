//! An answer, and what it stands on.

use models::{Conversation, Ended, Made, Model, figures, shortened};
use serde_json::{Value, json};

use crate::Question;

/// Bytes of a tool's result in an answer.
const MOST_SHOWN: usize = 2_000;

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// As it is answered over HTTP, as the output of a job, and as the last event of a stream.
    pub json: Value,
}

/// What is drawn: a specification that `provide_plot` made.
pub type Chart = Value;

impl Answer {
    pub(crate) fn of(question: &Question, model: &Model, conversation: &Conversation) -> Self {
        let asked = std::iter::once(question.question.as_str())
            .chain(question.history.iter().map(|(_, text)| text.as_str()));
        // Tools are believed, and what was asked may be repeated; what a tool refused is no source.
        let gave = conversation.calls.iter().filter(|made| !made.outcome.is_error);
        let gave = gave.map(|made| made.outcome.content.as_str());
        let arguments: Vec<String> = conversation
            .calls
            .iter()
            .filter(|made| !made.outcome.is_error)
            .map(|made| Value::Object(made.call.arguments.clone()).to_string())
            .collect();
        let sources = asked.chain(gave).chain(arguments.iter().map(String::as_str));
        let unsupported = figures::unsupported(&conversation.answer, sources);
        let charts: Vec<Chart> = conversation.calls.iter().filter_map(chart).collect();
        let cost = model.known().map(|known| known.cost(conversation.tokens) as f64 / 1e6);
        let mut json = json!({
            "answer": conversation.answer,
            "ended": conversation.ended.name(),
            "tool_calls": conversation.calls.iter().map(shown).collect::<Vec<_>>(),
            "charts": charts,
            "unsupported_numbers": unsupported,
            "model": conversation.model,
            "steps": conversation.steps,
            "tokens": {"input": conversation.tokens.input, "output": conversation.tokens.output},
            "cost": cost,
            "warnings": warnings(conversation, &unsupported),
        });
        if let Some(name) = &question.name {
            json["name"] = name.as_str().into();
        }
        Self { json }
    }
}

fn chart(made: &Made) -> Option<Chart> {
    let data =
        made.outcome.data.as_ref().filter(|_| made.call.name == "provide_plot" && !made.outcome.is_error)?;
    data.get("chart").cloned()
}

/// A call as it is shown: its result is shortened.
#[must_use]
pub fn shown(made: &Made) -> Value {
    let (shown, cut) = shortened(&made.outcome.content, MOST_SHOWN);
    json!({
        "step": made.step,
        "id": made.call.id,
        "tool": made.call.name,
        "arguments": made.call.arguments,
        "result": shown,
        "result_bytes_cut": cut,
        "is_error": made.outcome.is_error,
    })
}

fn warnings(conversation: &Conversation, unsupported: &[String]) -> Vec<String> {
    let mut warnings = Vec::new();
    let ended = match conversation.ended {
        // All tools of a question are run here.
        Ended::Answered | Ended::Tools => None,
        Ended::Steps => {
            Some("The model had no steps left. Ask for less at once, or allow more by max_steps.")
        }
        Ended::Tokens => Some("The tokens for one question, or those of the key, were spent."),
        Ended::Time => Some("The time for one question was over."),
        Ended::Repetition => Some("The model made the same calls again and again, and was stopped."),
        Ended::Length => {
            Some("The answer is cut: it reached the most tokens of an answer (MODEL_MAX_TOKENS).")
        }
        Ended::Refusal => Some("The model refuses to answer."),
    };
    warnings.extend(ended.map(str::to_owned));
    if conversation.answer.trim().is_empty() {
        warnings.push("There is no answer; tool_calls has what the tools gave.".to_owned());
    }
    if !unsupported.is_empty() {
        warnings.push(format!(
            "No tool gave {}: the model may have worked it out, or made it up.",
            unsupported.join(", ")
        ));
    }
    warnings
}
