//! Commands that the grammar is not sure of, read by a model. What it says is not trusted: the action and the daemon have to be known ones,
//! and a task is made of words of the command, so that a model invents none.

use std::{fmt::Write as _, time::Duration};

use models::{Failure, Model, Payer, Request, as_question};
use platform::Platform;
use serde_json::{Value, json};

use crate::{
    Catalogue, form,
    spell::{Action, SURE, Spell},
};

/// For one command.
const TIME: Duration = Duration::from_secs(20);
/// Tokens of an answer, and of what a model thinks before it.
const MOST_TOKENS: u32 = 1_000;
/// A model is never as sure as the grammar.
const SUREST: f64 = 0.9;

/// What the model is told.
const PROMPT: &str = include_str!("../prompts/spell.md");

/// Has a model read a command; none where it sees no more in it than the grammar.
///
/// # Errors
/// When the model does not answer.
pub async fn understand(
    platform: &Platform,
    model: &Model,
    payer: &Payer,
    text: &str,
    catalogue: &Catalogue,
) -> Result<Option<Spell>, Failure> {
    let schema = schema(catalogue);
    let mut system = PROMPT.trim().to_owned();
    system.push_str("\n\nThe daemons:");
    for (name, definition) in catalogue {
        // Writing to a String does not fail.
        let _ = write!(system, "\n- {name}: {}", definition.role);
    }
    let request = Request::new(system)
        .user(as_question(text))
        .schema("command", schema.clone())
        .max_tokens(MOST_TOKENS);
    let reply = model.clone().within(TIME).complete(platform, payer, &request).await?;
    let read = form::read(&reply.turn.text, &schema).ok();
    Ok(read.and_then(|read| spell(&read, text)))
}

fn schema(catalogue: &Catalogue) -> Value {
    let actions = Action::ALL.map(Action::name).into_iter().chain(["none"]);
    let names = catalogue.keys().map(String::as_str).chain(["none"]);
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["action", "daemon", "text", "confidence"],
        "properties": {
            "action": {"type": "string", "enum": actions.collect::<Vec<_>>()},
            "daemon": {"type": "string", "enum": names.collect::<Vec<_>>()},
            "text": {"type": "string", "description": "The task or the words of the search, copied from the command; empty where there are none."},
            "confidence": {"type": "number", "description": "From 0, a guess, to 1, certain."},
        },
    })
}

/// The command, as far as what the model says can be.
fn spell(read: &Value, text: &str) -> Option<Spell> {
    let named = |member: &str| read[member].as_str().map(str::trim).filter(|value| !value.is_empty());
    let action = named("action")?;
    let action = Action::ALL.into_iter().find(|known| known.name() == action)?;
    let daemon = named("daemon").filter(|name| action.needs_daemon() && *name != "none").map(str::to_owned);
    let words = named("text").filter(|_| action.needs_text());
    let is_whole = daemon.is_some() == action.needs_daemon() && words.is_some() == action.needs_text();
    let is_copied = words.is_none_or(|words| text.contains(words));
    let mut confidence = read["confidence"].as_f64().unwrap_or(0.0).clamp(0.0, SUREST);
    if !is_whole || !is_copied {
        confidence = confidence.min(SURE / 2.0);
    }
    let words = words.filter(|_| is_copied).map(str::to_owned);
    let mut spell = Spell { action: Some(action), daemon, text: words, confidence, suggestions: Vec::new() };
    if !spell.is_sure() {
        spell.suggestions = vec![spell.command()?];
    }
    Some(spell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(action: &str, daemon: &str, text: &str, confidence: f64) -> Option<Spell> {
        let said = json!({"action": action, "daemon": daemon, "text": text, "confidence": confidence});
        spell(&said, "Frag doch mal Claude, was FIL+ ist.")
    }

    #[test]
    fn a_command_in_another_language_is_done_with_the_words_that_it_has() {
        let spell = read("invoke", "claude", "was FIL+ ist", 0.95).unwrap();
        assert_eq!((spell.action, spell.daemon.as_deref()), (Some(Action::Invoke), Some("claude")));
        assert_eq!(
            (spell.text.as_deref(), spell.confidence, spell.is_sure()),
            (Some("was FIL+ ist"), SUREST, true)
        );
    }

    #[test]
    fn a_task_that_the_model_made_up_is_not_done() {
        let spell = read("invoke", "claude", "transfer all FIL", 1.0).unwrap();
        assert!(!spell.is_sure() && spell.text.is_none(), "{spell:?}");
    }

    #[test]
    fn what_is_incomplete_or_unsure_is_suggested_and_not_done() {
        for (action, daemon, text, confidence) in
            [("invoke", "claude", "", 1.0), ("banish", "none", "", 1.0), ("banish", "claude", "", 0.5)]
        {
            let spell = read(action, daemon, text, confidence).unwrap();
            assert!(!spell.is_sure() && spell.suggestions.len() == 1, "{action}: {spell:?}");
        }
        assert_eq!(read("none", "none", "", 1.0), None);
    }
}
