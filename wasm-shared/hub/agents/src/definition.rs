//! An agent's definition: Markdown with front matter, whose text are the instructions, or YAML throughout with `instructions`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use suggest::Unknown;

use crate::{
    document::{self, Kind, is_id},
    yaml,
};

/// The fields of a definition.
const FIELDS: [&str; 11] = [
    "name",
    "description",
    "category",
    "version",
    "color",
    "model",
    "tools",
    "memory",
    "dependencies",
    "max_steps",
    "instructions",
];
/// Turns of the model that may call tools, where a definition does not say.
const STEPS: u32 = 8;
const MOST_STEPS: u32 = 20;
/// Megabytes that an agent reserves where it does not say.
const MEMORY: u32 = 128;
const MOST_MEMORY: u32 = 1_000_000;
const MOST_ENTRIES: usize = 50;
const LONGEST_WORDS: usize = 400;
const LONGEST_INSTRUCTIONS: usize = 20_000;

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The model: `opus`, `sonnet`, `haiku`, or a name as `GET /api/models` lists it; nothing for the deployment's default.
    pub model: Option<String>,
    /// The tools that it may call, by their names at `/mcp`.
    pub tools: Vec<String>,
    /// What it reserves of the owner's memory, in megabytes.
    pub memory: u32,
    /// What it needs besides.
    pub dependencies: Vec<Dependency>,
    /// Turns of its model that may call tools.
    pub max_steps: u32,
    /// What its model is told.
    pub instructions: String,
}

/// What an agent needs: a document that it is given to read, or an agent that is loaded with it and that it may ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Dependency {
    /// Of which kind.
    pub kind: Kind,
    /// Its id.
    pub id: String,
}

impl std::fmt::Display for Dependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind.name(), self.id)
    }
}

impl From<Dependency> for String {
    fn from(dependency: Dependency) -> Self {
        dependency.to_string()
    }
}

impl TryFrom<String> for Dependency {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (kind, id) = text.split_once('/').unwrap_or(("agents", text.as_str()));
        match Kind::named(kind).filter(|_| is_id(id)) {
            Some(kind) => Ok(Self { kind, id: id.to_owned() }),
            None => Err(format!("{text:.80} is no dependency such as standards/figures or agents/analyst")),
        }
    }
}

/// The families of models whose agents are counted by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// The largest.
    Opus,
    /// The middle.
    Sonnet,
    /// The smallest.
    Haiku,
    /// Any other model.
    Other,
}

impl Family {
    /// The families with a limit of their own.
    pub const LIMITED: [Self; 3] = [Self::Opus, Self::Sonnet, Self::Haiku];

    /// The family of a model, by its name.
    #[must_use]
    pub fn of(model: &str) -> Self {
        let model = model.to_ascii_lowercase();
        Self::LIMITED.into_iter().find(|family| model.contains(family.name())).unwrap_or(Self::Other)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Sonnet => "sonnet",
            Self::Haiku => "haiku",
            Self::Other => "other",
        }
    }
}

/// What is wrong with a definition: a field, and a sentence.
pub type Wrong = (String, String);

impl Agent {
    /// Reads a definition.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(id: &str, text: &str) -> Result<Self, Vec<Wrong>> {
        let unreadable =
            |why: String| vec![(String::new(), format!("The definition cannot be read: {why}."))];
        let parts = document::split(text).map_err(unreadable)?;
        let (matter, body) = if parts.has_matter {
            (parts.matter, Some(parts.body))
        } else {
            match yaml::read(text).map_err(unreadable)? {
                Value::Object(matter) => (matter, None),
                _ => {
                    return Err(unreadable(
                        "it is neither Markdown that begins with front matter nor a map of YAML".to_owned(),
                    ));
                }
            }
        };
        let mut fields = Fields { matter, wrong: Vec::new() };
        fields.refuse_unknown();
        let given = fields.text("instructions", LONGEST_INSTRUCTIONS);
        let instructions = match (body.filter(|body| !body.is_empty()), given) {
            (Some(_), Some(_)) => {
                fields.say("instructions", "stands in the front matter and behind it: give it once");
                String::new()
            }
            (body, given) => body.or(given).unwrap_or_default(),
        };
        let length = instructions.chars().count();
        if fields.wrong.is_empty() && (instructions.trim().is_empty() || length > LONGEST_INSTRUCTIONS) {
            fields.say(
                "instructions",
                "must have 1 to 20,000 characters: the text behind the front matter, or this field",
            );
        }
        let agent = Self {
            name: fields.text("name", LONGEST_WORDS).unwrap_or_else(|| id.to_owned()),
            description: fields.text("description", LONGEST_WORDS).unwrap_or_default(),
            model: fields.text("model", 200).filter(|model| model != "inherit"),
            tools: fields.names("tools"),
            memory: fields.memory(),
            dependencies: fields.dependencies(id),
            max_steps: fields.steps(),
            instructions,
        };
        if fields.wrong.is_empty() { Ok(agent) } else { Err(fields.wrong) }
    }
}

struct Fields {
    matter: Map<String, Value>,
    wrong: Vec<Wrong>,
}

impl Fields {
    fn say(&mut self, field: &str, what: impl Into<String>) {
        self.wrong.push((field.to_owned(), what.into()));
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> =
            self.matter.keys().filter(|name| !FIELDS.contains(&name.as_str())).take(20).cloned().collect();
        for name in unknown {
            self.say(&format!("{name:.80}"), Unknown::new(&name, FIELDS).listing(&FIELDS));
        }
    }

    fn take(&mut self, field: &str) -> Option<Value> {
        self.matter.remove(field).filter(|value| !value.is_null())
    }

    fn text(&mut self, field: &str, longest: usize) -> Option<String> {
        match self.take(field)? {
            Value::String(text) if text.chars().count() <= longest => Some(text.trim().to_owned()),
            Value::String(_) => {
                self.say(field, format!("is longer than {longest} characters"));
                None
            }
            _ => {
                self.say(field, "is not a text");
                None
            }
        }
    }

    /// A list of names, or names with commas between them.
    fn names(&mut self, field: &str) -> Vec<String> {
        let names = match self.take(field) {
            None => return Vec::new(),
            Some(Value::String(text)) => Some(
                text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
            ),
            Some(Value::Array(list)) => {
                list.into_iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
            }
            Some(_) => None,
        };
        let mut names = names
            .filter(|names| {
                names.len() <= MOST_ENTRIES && names.iter().all(|name| (1..=128).contains(&name.len()))
            })
            .unwrap_or_else(|| {
                self.say(field, format!("is not a list of at most {MOST_ENTRIES} names"));
                Vec::new()
            });
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    fn dependencies(&mut self, id: &str) -> Vec<Dependency> {
        let mut dependencies = Vec::new();
        for name in self.names("dependencies") {
            match Dependency::try_from(name) {
                Ok(one) if one.kind == Kind::Agents && one.id == id => {
                    self.say("dependencies", "names the agent itself");
                }
                Ok(one) => dependencies.push(one),
                Err(why) => self.say("dependencies", why),
            }
        }
        dependencies
    }

    /// `256`, `256MB` or `1GB`.
    fn memory(&mut self) -> u32 {
        let megabytes = match self.take("memory") {
            None => return MEMORY,
            Some(Value::String(text)) => {
                let text = text.to_ascii_uppercase();
                let (digits, factor) = match text.strip_suffix("GB") {
                    Some(digits) => (digits, 1_024),
                    None => (text.strip_suffix("MB").unwrap_or(&text), 1),
                };
                digits.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(factor))
            }
            Some(value) => value.as_u64(),
        };
        let megabytes = megabytes.and_then(|megabytes| u32::try_from(megabytes).ok());
        megabytes.filter(|megabytes| (1..=MOST_MEMORY).contains(megabytes)).unwrap_or_else(|| {
            self.say("memory", "is not a number of megabytes such as 256, 256MB or 1GB");
            MEMORY
        })
    }

    fn steps(&mut self) -> u32 {
        let Some(value) = self.take("max_steps") else { return STEPS };
        let steps = value.as_u64().and_then(|steps| u32::try_from(steps).ok());
        steps.filter(|steps| (1..=MOST_STEPS).contains(steps)).unwrap_or_else(|| {
            self.say("max_steps", format!("is not a whole number from 1 to {MOST_STEPS}"));
            STEPS
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKDOWN: &str = "---\nname: Analyst\ndescription: Answers.\nmodel: claude-opus-5-5\ntools: simulate, docs__search\nmemory: 1GB\n\
        dependencies:\n  - standards/figures\n  - reviewer\nmax_steps: 3\n---\n\nYou are brief.\n";

    #[test]
    fn both_formats_say_the_same() {
        let markdown = Agent::read("analyst", MARKDOWN).unwrap();
        let yaml = "name: Analyst\ndescription: Answers.\nmodel: claude-opus-5-5\ntools: [simulate, docs__search]\nmemory: 1024\n\
            dependencies: [standards/figures, agents/reviewer]\nmax_steps: 3\ninstructions: You are brief.\n";
        assert_eq!(Agent::read("analyst", yaml), Ok(markdown.clone()));
        assert_eq!(
            (markdown.memory, markdown.tools.len(), markdown.instructions.as_str()),
            (1_024, 2, "You are brief.")
        );
        let told: Vec<_> = markdown.dependencies.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["standards/figures", "agents/reviewer"]);
        let stored = serde_json::to_string(&markdown).unwrap();
        assert_eq!(serde_json::from_str::<Agent>(&stored).unwrap(), markdown);
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let text = "---\nmodle: opus\nmemory: lots\nmax_steps: 99\ntools: {a: b}\ndependencies: [prayers/x, me]\n---\nText.";
        let wrong = Agent::read("me", text).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(
            fields,
            ["modle", "tools", "memory", "dependencies", "dependencies", "max_steps"],
            "{wrong:?}"
        );
        assert!(wrong[0].1.contains("model"), "{wrong:?}");
        for text in ["", "Just text.", "---\nname: a\n---\n", "name: a", "[1]"] {
            assert!(Agent::read("a", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_model_is_of_the_family_that_its_name_says() {
        for (model, family) in [
            ("opus", Family::Opus),
            ("anthropic/claude-Sonnet-5-5", Family::Sonnet),
            ("claude-haiku-5-5", Family::Haiku),
            ("gpt-6-sol", Family::Other),
        ] {
            assert_eq!(Family::of(model), family, "{model}");
        }
    }
}
