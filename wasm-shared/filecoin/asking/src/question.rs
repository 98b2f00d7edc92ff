//! A question, as it was asked. Every bad field is named at once; `null` means "not given".

use forecast::{Refusal, kind_of};
use models::{Message, Turn, as_question};
use serde_json::{Map, Value};
use suggest::Unknown;

/// Turns of the model that may call tools, where the caller does not say.
pub const STEPS: u32 = 8;
/// The most that a caller may say.
pub const MOST_STEPS: u32 = 20;
/// Characters of a question, as the contract has it for tasks.
const LONGEST: usize = 10_000;
/// Characters of what was said before, all together.
const LONGEST_HISTORY: usize = 40_000;
/// Messages of what was said before.
const MOST_MESSAGES: usize = 50;
/// Names of tools.
const MOST_TOOLS: usize = 50;

/// The fields.
pub const FIELDS: [&str; 6] = ["question", "history", "model", "max_steps", "tools", "name"];

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub question: String,
    /// What was said before: whether by the model, and what.
    pub history: Vec<(bool, String)>,
    /// The model that is asked.
    pub model: Option<String>,
    /// Turns of the model that may call tools.
    pub steps: u32,
    /// The tools that may be used; all where none is named.
    pub tools: Option<Vec<String>>,
    /// For the caller's own use; given back.
    pub name: Option<String>,
}

impl Question {
    /// Reads a body.
    ///
    /// # Errors
    /// Every field that is not possible, with its JSON pointer.
    pub fn parse(object: Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        let mut reader = Reader { object, refusals: Vec::new() };
        let unknown: Vec<String> =
            reader.object.keys().filter(|name| !FIELDS.contains(&name.as_str())).take(20).cloned().collect();
        for name in unknown {
            let shown: String = name.chars().take(80).collect();
            let pointer = shown.replace('~', "~0").replace('/', "~1");
            reader.refuse(&pointer, Unknown::new(&name, FIELDS).listing(&FIELDS));
        }
        let question = reader.text("question", LONGEST).unwrap_or_default();
        if question.trim().is_empty() && !reader.has_refused("/question") {
            reader.refuse("question", "is missing: ask something");
        }
        let history = reader.history();
        let asked = Self {
            question,
            history,
            model: reader.text("model", 200),
            steps: reader.steps(),
            tools: reader.tools(),
            name: reader.text("name", 200),
        };
        if reader.refusals.is_empty() { Ok(asked) } else { Err(reader.refusals) }
    }

    /// The conversation so far, with the question at its end.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let said = |(by_model, text): &(bool, String)| {
            if *by_model { Message::Model(Turn::text(text)) } else { Message::User(as_question(text)) }
        };
        let question = Message::User(as_question(&self.question));
        self.history.iter().map(said).chain([question]).collect()
    }
}

struct Reader {
    object: Map<String, Value>,
    refusals: Vec<Refusal>,
}

impl Reader {
    fn refuse(&mut self, name: &str, detail: impl Into<String>) {
        self.refusals.push(Refusal { pointer: format!("/{name}"), detail: detail.into() });
    }

    fn has_refused(&self, pointer: &str) -> bool {
        self.refusals.iter().any(|refusal| refusal.pointer == pointer)
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if text.chars().count() <= longest => Some(text),
            Value::String(_) => {
                self.refuse(name, format!("is longer than {longest} characters"));
                None
            }
            other => {
                self.refuse(name, format!("must be a text, not {}", kind_of(&other)));
                None
            }
        }
    }

    fn steps(&mut self) -> u32 {
        let Some(value) = self.take("max_steps") else { return STEPS };
        let steps = value.as_u64().and_then(|steps| u32::try_from(steps).ok());
        steps.filter(|steps| (1..=MOST_STEPS).contains(steps)).unwrap_or_else(|| {
            self.refuse("max_steps", format!("must be a whole number from 1 to {MOST_STEPS}"));
            STEPS
        })
    }

    fn tools(&mut self) -> Option<Vec<String>> {
        let value = self.take("tools")?;
        let names = value.as_array().filter(|names| names.len() <= MOST_TOOLS).and_then(|names| {
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        if names.is_none() {
            self.refuse("tools", format!("must be a list of at most {MOST_TOOLS} names of tools"));
        }
        names
    }

    fn history(&mut self) -> Vec<(bool, String)> {
        const FORM: &str = "must be a list of at most 50 messages such as {\"role\": \"user\", \"content\": \"...\"}, of the roles user and assistant, and of 40,000 characters together";
        let Some(value) = self.take("history") else { return Vec::new() };
        let Value::Array(messages) = value else {
            self.refuse("history", FORM);
            return Vec::new();
        };
        let said = messages.iter().map(|message| {
            let message = message.as_object().filter(|message| message.len() == 2)?;
            let by_model = match message.get("role")?.as_str()? {
                "user" => false,
                "assistant" => true,
                _ => return None,
            };
            Some((by_model, message.get("content")?.as_str()?.to_owned()))
        });
        let said: Option<Vec<_>> = said.collect();
        let fits = |said: &Vec<(bool, String)>| {
            said.len() <= MOST_MESSAGES
                && said.iter().map(|(_, text)| text.chars().count()).sum::<usize>() <= LONGEST_HISTORY
        };
        said.filter(fits).unwrap_or_else(|| {
            self.refuse("history", FORM);
            Vec::new()
        })
    }
}
