//! Commands in plain words: what they mean, and doing it.

use axum::response::Response;
use daemons::{
    Catalogue, Filter, Task,
    spell::{Action, EXAMPLES, Spell, parse},
};
use http::StatusCode;
use platform::Platform;
use serde::Serialize;
use serde_json::{Value, json};
use web::{FieldProblem, Owner, Problem};

use crate::{
    circle, do_banish, do_inspect, do_summon, invoke, open, request::LONGEST_TASK, response, rows,
    unavailable,
};

/// Rows of the record that a command recalls.
const ROWS: u32 = 10;

/// What a command means.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ParsedSpell)]
pub(crate) struct Parsed {
    /// `parsed`, or `unclear` where it would not be done.
    status: &'static str,
    /// The action: `summon`, `invoke`, `banish`, `list`, `active`, `state`, `statistics`, `recall`, `search` or `help`; null where none
    /// is seen.
    action: Option<&'static str>,
    /// The daemon that it is about.
    daemon_name: Option<String>,
    /// The task of a call, or the words of a search.
    text: Option<String>,
    /// From 0, not understood, to 1.
    confidence: f64,
    /// Commands that were perhaps meant.
    suggestions: Vec<String>,
}

impl From<Spell> for Parsed {
    fn from(spell: Spell) -> Self {
        Self {
            status: if spell.is_sure() { "parsed" } else { "unclear" },
            action: spell.action.map(Action::name),
            daemon_name: spell.daemon,
            text: spell.text,
            confidence: spell.confidence,
            suggestions: spell.suggestions,
        }
    }
}

/// A command that was carried out.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SpellCast)]
pub(crate) struct Cast {
    /// `cast`.
    status: &'static str,
    /// What was understood.
    spell: Parsed,
    /// What the path of that action answers.
    result: Value,
}

fn read(text: &str, catalogue: &Catalogue) -> Spell {
    let names: Vec<&str> = catalogue.keys().map(String::as_str).collect();
    parse(text, &names)
}

pub(crate) fn parsed(text: &str, catalogue: &Catalogue) -> Parsed {
    read(text, catalogue).into()
}

fn unclear(spell: &Spell) -> Problem {
    let suggestions: Vec<String> = spell.suggestions.iter().map(|text| format!("{text:?}")).collect();
    let detail = format!(
        "It is not clear what that means, so nothing was done. Perhaps you mean: {}.",
        suggestions.join(", ")
    );
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "SPELL_UNCLEAR", detail)
}

fn value<T: Serialize>(value: T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn task(text: String) -> Result<Task, Problem> {
    if text.chars().count() <= LONGEST_TASK {
        return Ok(Task { text, ..Task::default() });
    }
    let detail = format!("the task is too long: give 1 to {LONGEST_TASK} characters");
    Err(Problem::invalid(vec![FieldProblem { pointer: "/spell".to_owned(), detail }]))
}

pub(crate) async fn cast(platform: &Platform, caller: Owner, text: &str) -> Result<Response, Problem> {
    let owner = caller.owner.clone();
    let (store, _) = open(platform).await?;
    let catalogue = store.catalogue().await.map_err(unavailable)?;
    let spell = read(text, &catalogue);
    let (Some(action), true) = (spell.action, spell.is_sure()) else { return Err(unclear(&spell)) };
    let name = spell.daemon.clone().unwrap_or_default();
    let words = spell.text.clone().unwrap_or_default();
    let result = match action {
        Action::Summon => value(do_summon(platform, &owner, name).await?),
        Action::Banish => value(do_banish(platform, &owner, name).await?),
        Action::State => value(do_inspect(platform, &owner, &name).await?),
        Action::List => value(response::all(&circle(platform, &owner).await?)),
        Action::Active => value(response::active(&circle(platform, &owner).await?)),
        Action::Statistics => value(response::divined(&circle(platform, &owner).await?)),
        Action::Recall | Action::Search => {
            let words = Some(words).filter(|_| action == Action::Search);
            let filter = Filter { words, limit: ROWS, ..Filter::default() };
            value(response::records(rows(platform, &owner, &filter).await?, ROWS))
        }
        Action::Help => {
            json!({"status": "revealed", "message": "What can be said, an example each.", "examples": EXAMPLES})
        }
        Action::Invoke => value(invoke::whole(platform, &caller, &name, task(words)?).await?),
    };
    Ok(response::private(&Cast { status: "cast", spell: spell.into(), result }))
}
