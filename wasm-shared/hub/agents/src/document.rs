//! A document: Markdown or another text, with what its front matter says of it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::yaml;

/// The longest text, in bytes.
pub const LONGEST: usize = 64 << 10;
/// The longest id.
const LONGEST_ID: usize = 64;
/// The longest name, description or category, in characters.
const LONGEST_WORDS: usize = 400;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An agent's definition.
    Agents,
    /// What answers should keep to.
    Standards,
    /// Questions that are worth asking, to be asked again.
    Commands,
    /// Programs to read and to run elsewhere.
    Scripts,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Agents, Self::Standards, Self::Commands, Self::Scripts];

    /// Its name in paths.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Standards => "standards",
            Self::Commands => "commands",
            Self::Scripts => "scripts",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is said of a document in lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// Its name.
    pub name: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Where it belongs.
    pub category: String,
}

/// A text split into what its front matter says and the rest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// The members of the front matter; of a text that is YAML throughout, of all of it.
    pub matter: Map<String, Value>,
    /// What stands behind the front matter.
    pub body: String,
    /// Whether there is front matter. A text without is Markdown, a script, or YAML throughout.
    pub has_matter: bool,
}

/// Splits a text at its front matter, which stands between two lines of `---`.
///
/// # Errors
/// Why the front matter cannot be read.
pub fn split(text: &str) -> Result<Parts, String> {
    let text = text.trim_start_matches('\u{feff}');
    let whole = || Parts { body: text.trim().to_owned(), ..Parts::default() };
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else {
        return Ok(whole());
    };
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            let matter = match yaml::read(&rest[..end])? {
                Value::Object(matter) => matter,
                Value::Null => Map::new(),
                _ => return Err("the front matter is no map".to_owned()),
            };
            let body = rest[end + line.len()..].trim().to_owned();
            return Ok(Parts { matter, body, has_matter: true });
        }
        end += line.len();
    }
    Err("the front matter has no end: a line of ---".to_owned())
}

/// What a document says of itself; else its id, and its first line.
///
/// # Errors
/// Why its front matter cannot be read.
pub fn heading(id: &str, text: &str) -> Result<Heading, String> {
    let parts = split(text)?;
    let said = |name: &str| {
        let text = parts.matter.get(name)?.as_str()?.trim();
        Some(text.chars().take(LONGEST_WORDS).collect::<String>()).filter(|text| !text.is_empty())
    };
    let first = || {
        let line = parts
            .body
            .lines()
            .map(|line| line.trim_start_matches(['#', '/', '!', ' ']))
            .find(|line| !line.is_empty());
        line.unwrap_or_default().chars().take(LONGEST_WORDS).collect()
    };
    Ok(Heading {
        name: said("name").or_else(|| said("title")).unwrap_or_else(|| id.to_owned()),
        description: said("description").unwrap_or_else(first),
        category: said("category").unwrap_or_else(|| "general".to_owned()),
    })
}

/// What an id must be.
pub const ID_RULE: &str =
    "An id has 1 to 64 lower-case letters, digits, `-` and `_`, and begins with a letter or digit.";

/// Whether a document may have this id.
#[must_use]
pub fn is_id(id: &str) -> bool {
    let is_outer = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().next().is_some_and(is_outer)
        && id.bytes().all(|byte| is_outer(byte) || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_itself_what_it_is_or_its_first_line_does() {
        let text = "---\nname: Figures\ncategory: writing\ndescription: How.\n---\n# Text\n";
        let said = heading("x", text).unwrap();
        assert_eq!(
            (said.name.as_str(), said.category.as_str(), said.description.as_str()),
            ("Figures", "writing", "How.")
        );
        let plain = heading("plain", "\n# The first line\n\nMore.").unwrap();
        assert_eq!((plain.name.as_str(), plain.description.as_str()), ("plain", "The first line"));
        assert!(heading("x", "---\nname: a\n").unwrap_err().contains("no end"));
        assert!(heading("x", "---\n- a\n---\n").unwrap_err().contains("no map"));
    }
}
