//! What a daemon is: a name, a model, and how it is asked to behave.

use serde::{Deserialize, Serialize};

/// The longest name, in bytes. It becomes part of a tool's name, which has 64 letters at most in common clients.
pub const LONGEST_NAME: usize = 40;
/// The longest short text: a model's name, a role.
const LONGEST_TEXT: usize = 200;
/// The longest system prompt, in characters.
const LONGEST_PROMPT: usize = 20_000;
/// The most entries of a list.
const LONGEST_LIST: usize = 50;

/// A daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Definition {
    /// The provider's name; none: the deployment's first.
    pub provider: Option<String>,
    /// The model's name; none: the provider's default.
    pub model: Option<String>,
    /// What it is for, in a few words.
    pub role: String,
    /// The colour in which a page shows it: `#8B5CF6`.
    pub color_code: String,
    /// What it can do, in words.
    pub capabilities: Vec<String>,
    /// What its model is told before every task.
    pub system_prompt: String,
    /// The server's tools that its model may call while it works on a task.
    pub tools: Vec<String>,
}

impl Definition {
    /// The built-in daemon of this name.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, provider, role, color_code, capabilities, prompt) =
            BUILT_IN.into_iter().find(|(known, ..)| *known == name)?;
        Some(Self {
            provider: Some(provider.to_owned()),
            model: None,
            role: role.to_owned(),
            color_code: color_code.to_owned(),
            capabilities: capabilities.iter().map(|name| (*name).to_owned()).collect(),
            system_prompt: prompt.trim().to_owned(),
            tools: Vec::new(),
        })
    }

    /// What an operator's definition begins with: the built-in daemon of that name, or a plain one.
    #[must_use]
    pub fn beginning(name: &str) -> Self {
        Self::built_in(name).unwrap_or_else(|| Self {
            role: "assistant".to_owned(),
            color_code: "#64748B".to_owned(),
            ..Self::default()
        })
    }

    /// What cannot be, as field and sentence.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let texts = [
            ("provider", self.provider.as_deref(), LONGEST_TEXT),
            ("model", self.model.as_deref(), LONGEST_TEXT),
            ("role", Some(self.role.as_str()), LONGEST_TEXT),
            ("system_prompt", Some(self.system_prompt.as_str()), LONGEST_PROMPT),
        ];
        for (field, text, longest) in texts {
            if text.is_some_and(|text| text.chars().count() > longest) {
                problems.push((field, format!("is longer than {longest} characters")));
            }
        }
        if !is_color(&self.color_code) {
            problems.push(("color_code", "is not a colour such as #8B5CF6".to_owned()));
        }
        let is_entry = |text: &String| (1..=LONGEST_TEXT).contains(&text.chars().count());
        if self.capabilities.len() > LONGEST_LIST || !self.capabilities.iter().all(is_entry) {
            let detail =
                format!("is not a list of at most {LONGEST_LIST} texts of 1 to {LONGEST_TEXT} characters");
            problems.push(("capabilities", detail));
        }
        if self.tools.len() > LONGEST_LIST || !self.tools.iter().all(|name| is_tool_name(name)) {
            let detail = format!("is not a list of at most {LONGEST_LIST} names of tools of /mcp");
            problems.push(("tools", detail));
        }
        problems
    }
}

/// Whether a daemon may have this name: lower case, so that it reads the same in a path, in a tool's name and in a sentence.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let mut letters = name.bytes();
    name.len() <= LONGEST_NAME
        && letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, b'_' | b'-')
        })
}

/// Whether a tool may have this name: what every provider takes.
#[must_use]
pub fn is_tool_name(name: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(is_letter)
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|d| d.is_ascii_hexdigit()))
}

type BuiltIn =
    (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], &'static str);

/// Name, provider, role, colour, capabilities, system prompt.
pub(crate) const BUILT_IN: [BuiltIn; 3] = [
    (
        "claude",
        "anthropic",
        "logic keeper",
        "#8B5CF6",
        &["reasoning", "analysis", "code_generation", "logic"],
        include_str!("../prompts/claude.md"),
    ),
    (
        "gemini",
        "google",
        "creativity weaver",
        "#F59E0B",
        &["creativity", "multimodal", "vision", "innovation"],
        include_str!("../prompts/gemini.md"),
    ),
    (
        "liquidmetal",
        "openai",
        "transformation master",
        "#06B6D4",
        &["transformation", "adaptation", "flow", "custom_tasks"],
        include_str!("../prompts/liquidmetal.md"),
    ),
];
