//! Commands in plain words: what they mean, and doing it.

use axum::response::Response;
use daemons::{
    Catalogue, Filter, Task,
    spell::{Action, EXAMPLES, Spell, parse},
    understand,
};
use http::StatusCode;
use models::{Kind, Models, Payer};
use platform::Platform;
use serde::Serialize;
use serde_json::{Value, json};
use web::{Caller, FieldProblem, Owner, Permit, Problem};

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
    /// What has read it: `grammar`; or `model`, which is asked where the grammar is not sure and a model is set.
    understood_by: &'static str,
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

/// A command, and what has read it.
struct Read {
    spell: Spell,
    by: &'static str,
}

impl From<Read> for Parsed {
    fn from(Read { spell, by }: Read) -> Self {
        Self {
            status: if spell.is_sure() { "parsed" } else { "unclear" },
            understood_by: by,
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

/// Reads a command by the grammar, and where that is not sure, by the deployment's model if there is one. Without an answer of the model
/// it stays with the grammar.
async fn read(platform: &Platform, caller: &Caller, text: &str, catalogue: &Catalogue) -> Read {
    let names: Vec<&str> = catalogue.keys().map(String::as_str).collect();
    let spell = parse(text, &names);
    if spell.is_sure() {
        return Read { spell, by: "grammar" };
    }
    let understood = async {
        let model = Models::open(platform).await?.choose(None)?;
        let payer = Payer::of(platform, caller).await?;
        understand(platform, &model, &payer, text, catalogue).await
    };
    match Box::pin(understood).await {
        Ok(Some(spell)) => return Read { spell, by: "model" },
        Ok(None) => {}
        Err(failure) if failure.kind == Kind::NoModel => {}
        Err(failure) => {
            web::log::warning(platform, "a command was not read by the model", Some(&failure.detail));
        }
    }
    Read { spell, by: "grammar" }
}

pub(crate) async fn parsed(
    platform: &Platform,
    caller: &Caller,
    text: &str,
    catalogue: &Catalogue,
) -> Parsed {
    read(platform, caller, text, catalogue).await.into()
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

pub(crate) async fn cast(
    platform: &Platform,
    caller: Owner,
    permit: Permit,
    text: &str,
) -> Result<Response, Problem> {
    let owner = caller.owner.clone();
    let (store, _) = open(platform).await?;
    let catalogue = store.catalogue().await.map_err(unavailable)?;
    let read = read(platform, &caller.caller, text, &catalogue).await;
    let spell = &read.spell;
    let (Some(action), true) = (spell.action, spell.is_sure()) else { return Err(unclear(spell)) };
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
        Action::Invoke => value(invoke::whole(platform, &caller, permit, &name, task(words)?).await?),
    };
    Ok(response::private(&Cast { status: "cast", spell: read.into(), result }))
}
