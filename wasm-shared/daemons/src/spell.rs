//! Commands in plain words: "ask claude to name three risks", "banish gemini", "who is awake?".
//!
//! A small grammar: an optional politeness, a verb, a daemon's name, and for a call the task. It says how sure it is. What it is not
//! sure of is not done, but suggested.

use std::fmt::Write as _;

/// What a command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Summon a daemon.
    Summon,
    /// Give a summoned daemon a task.
    Invoke,
    /// Banish a daemon.
    Banish,
    /// List all daemons.
    List,
    /// List the summoned ones.
    Active,
    /// Where a daemon stands.
    State,
    /// The statistics.
    Statistics,
    /// The newest rows of the record.
    Recall,
    /// Rows of the record with some words.
    Search,
    /// What can be said.
    Help,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Summon,
        Self::Invoke,
        Self::Banish,
        Self::List,
        Self::Active,
        Self::State,
        Self::Statistics,
        Self::Recall,
        Self::Search,
        Self::Help,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Summon => "summon",
            Self::Invoke => "invoke",
            Self::Banish => "banish",
            Self::List => "list",
            Self::Active => "active",
            Self::State => "state",
            Self::Statistics => "statistics",
            Self::Recall => "recall",
            Self::Search => "search",
            Self::Help => "help",
        }
    }

    pub(crate) const fn needs_daemon(self) -> bool {
        matches!(self, Self::Summon | Self::Invoke | Self::Banish | Self::State)
    }

    pub(crate) const fn needs_text(self) -> bool {
        matches!(self, Self::Invoke | Self::Search)
    }
}

/// How sure the grammar has to be so that a command is carried out.
pub const SURE: f64 = 0.75;

/// A command that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spell {
    /// What it means, as far as that is seen.
    pub action: Option<Action>,
    /// Which daemon it is about.
    pub daemon: Option<String>,
    /// The task of a call, or the words of a search.
    pub text: Option<String>,
    /// From 0, not understood, to 1.
    pub confidence: f64,
    /// Commands that were perhaps meant, ready to be sent.
    pub suggestions: Vec<String>,
}

impl Spell {
    /// Whether it is sure enough to be carried out.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.confidence >= SURE
    }

    /// The command that says the same in the words of the grammar.
    pub(crate) fn command(&self) -> Option<String> {
        let text = self.text.as_deref().unwrap_or("...");
        let name = self.daemon.as_deref().unwrap_or("...");
        Some(match self.action? {
            action if action.needs_daemon() => command(action, name, text),
            Action::Search => format!("search for {text}"),
            Action::List => "list daemons".to_owned(),
            Action::Active => "who is awake?".to_owned(),
            other => other.name().to_owned(),
        })
    }
}

/// A word in lower case without punctuation around it, and where it ends in the text.
struct Word {
    text: String,
    end: usize,
    /// Whether a comma or a colon follows, as behind somebody who is addressed.
    addresses: bool,
}

/// What begins a request and says nothing.
const POLITE: &[&[&str]] = &[
    &["please"],
    &["kindly"],
    &["hey"],
    &["now"],
    &["could", "you"],
    &["can", "you"],
    &["would", "you"],
    &["will", "you"],
    &["i", "want", "to"],
    &["i", "would", "like", "to"],
    &["i'd", "like", "to"],
    &["let's"],
];

/// Verbs, and how surely each means its action.
const VERBS: &[(&[&str], Action, f64)] = &[
    (&["summon"], Action::Summon, 1.0),
    (&["conjure"], Action::Summon, 1.0),
    (&["awaken"], Action::Summon, 1.0),
    (&["wake", "up"], Action::Summon, 1.0),
    (&["wake"], Action::Summon, 1.0),
    (&["call", "forth"], Action::Summon, 1.0),
    (&["activate"], Action::Summon, 0.95),
    (&["start"], Action::Summon, 0.9),
    (&["bring"], Action::Summon, 0.8),
    (&["invoke"], Action::Invoke, 1.0),
    (&["ask"], Action::Invoke, 1.0),
    (&["tell"], Action::Invoke, 1.0),
    (&["command"], Action::Invoke, 1.0),
    (&["have"], Action::Invoke, 0.9),
    (&["let"], Action::Invoke, 0.9),
    (&["use"], Action::Invoke, 0.9),
    (&["make"], Action::Invoke, 0.8),
    (&["query"], Action::Invoke, 0.95),
    (&["banish"], Action::Banish, 1.0),
    (&["dismiss"], Action::Banish, 1.0),
    (&["send", "away"], Action::Banish, 1.0),
    (&["release"], Action::Banish, 0.9),
    (&["deactivate"], Action::Banish, 0.95),
    (&["stop"], Action::Banish, 0.9),
    (&["inspect"], Action::State, 1.0),
    (&["status"], Action::State, 1.0),
    (&["state"], Action::State, 1.0),
    (&["show", "status"], Action::State, 1.0),
    (&["show", "state"], Action::State, 1.0),
    (&["how", "is"], Action::State, 0.9),
    (&["search", "the", "grimoire", "for"], Action::Search, 1.0),
    (&["search", "the", "record", "for"], Action::Search, 1.0),
    (&["search", "for"], Action::Search, 1.0),
    (&["search"], Action::Search, 1.0),
    (&["find"], Action::Search, 0.9),
    (&["look", "for"], Action::Search, 0.9),
    (&["describe", "daemon"], Action::State, 0.9),
    (&["put", "to", "sleep"], Action::Banish, 0.9),
    (&["get", "status"], Action::State, 1.0),
    (&["get", "state"], Action::State, 1.0),
];

/// Whole commands without a daemon, with [`NOISE`] left out.
const SENTENCES: &[(&str, Action)] = &[
    ("list", Action::List),
    ("list daemons", Action::List),
    ("show daemons", Action::List),
    ("reveal", Action::List),
    ("reveal daemons", Action::List),
    ("daemons", Action::List),
    ("which daemons there", Action::List),
    ("which daemons exist", Action::List),
    ("who there", Action::List),
    ("active", Action::Active),
    ("active daemons", Action::Active),
    ("list active daemons", Action::Active),
    ("show active daemons", Action::Active),
    ("which daemons active", Action::Active),
    ("which daemons awake", Action::Active),
    ("which daemons summoned", Action::Active),
    ("who awake", Action::Active),
    ("who active", Action::Active),
    ("who summoned", Action::Active),
    ("scry", Action::Active),
    ("statistics", Action::Statistics),
    ("stats", Action::Statistics),
    ("show statistics", Action::Statistics),
    ("show stats", Action::Statistics),
    ("divine", Action::Statistics),
    ("recall", Action::Recall),
    ("history", Action::Recall),
    ("show history", Action::Recall),
    ("show record", Action::Recall),
    ("what happened", Action::Recall),
    ("help", Action::Help),
    ("what can i say", Action::Help),
];

/// Words that do not change what a whole command means.
const NOISE: [&str; 9] = ["the", "all", "my", "me", "are", "is", "a", "please", "of"];

/// Words between a verb and a daemon's name.
const ARTICLES: [&str; 8] = ["the", "daemon", "daemons", "demon", "my", "of", "called", "named"];

/// Words between a daemon's name and its task.
const CONNECTORS: [&str; 4] = ["to", "that", "for", "with"];

/// Reads a command about the daemons of these names.
#[must_use]
pub fn parse(text: &str, names: &[&str]) -> Spell {
    let text = text.trim();
    let all = words(text);
    let mut words = all.as_slice();
    while let Some(polite) = POLITE.iter().find(|phrase| starts_with(words, phrase)) {
        words = &words[polite.len()..];
    }
    if words.is_empty() {
        return unclear(None, 0.0, general(names));
    }
    if let Some(action) = sentence(words) {
        return Spell { action: Some(action), confidence: 1.0, ..Spell::default() };
    }
    if let Some(spell) = addressed(text, words, names) {
        return spell;
    }
    let longest = VERBS
        .iter()
        .filter(|(phrase, ..)| starts_with(words, phrase))
        .max_by_key(|(phrase, ..)| phrase.len());
    let (action, sure, rest) = match longest {
        Some((phrase, action, sure)) => (*action, *sure, &words[phrase.len()..]),
        None => match misspelled_verb(&words[0].text) {
            Some((action, sure)) => (action, sure * 0.7, &words[1..]),
            None => return unclear(None, 0.0, about(words, names)),
        },
    };
    if action.needs_daemon() {
        with_daemon(text, action, sure, rest, names)
    } else {
        search(text, action, sure, words, rest)
    }
}

/// The words of a text.
fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split_whitespace() {
        let start = at + text[at..].find(part).unwrap_or_default();
        at = start + part.len();
        let plain = part.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
        if !plain.is_empty() {
            found.push(Word { text: plain, end: at, addresses: part.ends_with([',', ':']) });
        }
    }
    found
}

fn starts_with(words: &[Word], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, wanted)| word.text == *wanted)
}

fn sentence(words: &[Word]) -> Option<Action> {
    let core: Vec<&str> =
        words.iter().map(|word| word.text.as_str()).filter(|word| !NOISE.contains(word)).take(6).collect();
    let core = core.join(" ");
    SENTENCES.iter().find(|(known, _)| *known == core).map(|(_, action)| *action)
}

/// "claude, name three risks".
fn addressed(text: &str, words: &[Word], names: &[&str]) -> Option<Spell> {
    let first = &words[0];
    let name = names.iter().find(|name| **name == first.text)?;
    let task = rest_of(text, first);
    if task.is_empty() {
        return Some(unclear(Some(name), 0.3, of_daemon(name)));
    }
    let confidence = if first.addresses { 0.95 } else { 0.8 };
    Some(Spell {
        action: Some(Action::Invoke),
        daemon: Some((*name).to_owned()),
        text: Some(task),
        confidence,
        suggestions: Vec::new(),
    })
}

fn misspelled_verb(word: &str) -> Option<(Action, f64)> {
    if word.len() < 4 {
        return None;
    }
    let single = || VERBS.iter().filter(|(phrase, ..)| phrase.len() == 1 && phrase[0].len() >= 4);
    let nearest = suggest::nearest(word, single().map(|(phrase, ..)| phrase[0]));
    let nearest = nearest.first()?;
    // A word that merely contains a verb is another word.
    let is_near = nearest.len().abs_diff(word.len()) <= 1;
    single().find(|(phrase, ..)| is_near && phrase[0] == *nearest).map(|(_, action, sure)| (*action, *sure))
}

fn with_daemon(text: &str, action: Action, sure: f64, words: &[Word], names: &[&str]) -> Spell {
    let skipped = words.iter().take_while(|word| ARTICLES.contains(&word.text.as_str())).count();
    let rest = &words[skipped..];
    let Some(named) = rest.first() else {
        return unclear_of(action, None, 0.4, names.iter().map(|name| command(action, name, "")).collect());
    };
    let known = names.iter().find(|name| **name == named.text);
    let Some(name) = known.or_else(|| misspelled_name(&named.text, names)) else {
        return unclear_of(action, None, 0.3, names.iter().map(|name| command(action, name, "")).collect());
    };
    let after = &rest[1..];
    // "ask claude and gemini to ..." is two commands.
    if after.len() > 1
        && after[0].text == "and"
        && let Some(other) = names.iter().find(|other| **other == after[1].text)
    {
        let task =
            if action == Action::Invoke { task_of(text, &after[1], &after[2..]) } else { String::new() };
        let both = [name, other].map(|name| command(action, name, &task));
        return unclear_of(action, None, 0.4, both.into());
    }
    let mut spell = Spell {
        action: Some(action),
        daemon: Some((*name).to_owned()),
        text: None,
        confidence: sure,
        suggestions: Vec::new(),
    };
    if action == Action::Invoke {
        let task = task_of(text, named, after);
        if task.is_empty() {
            spell.confidence = 0.4;
            spell.suggestions.push(format!("ask {name} to ..."));
        } else {
            spell.text = Some(task);
        }
    } else if after.iter().any(|word| !["now", "please", "away", "up", "again"].contains(&word.text.as_str()))
    {
        // There is more in it than this action does.
        spell.confidence = sure * 0.5;
        spell.suggestions = of_daemon(name);
    }
    if known.is_none() {
        spell.confidence *= 0.6;
    }
    if !spell.is_sure() && spell.suggestions.is_empty() {
        let text = spell.text.as_deref().unwrap_or_default();
        spell.suggestions.push(command(action, name, text));
    }
    spell
}

fn misspelled_name<'a>(word: &str, names: &'a [&'a str]) -> Option<&'a &'a str> {
    let nearest = suggest::nearest(word, names.iter().copied());
    let nearest = nearest.first().filter(|nearest| nearest.len().abs_diff(word.len()) <= 2)?;
    names.iter().find(|name| *name == nearest)
}

/// What stands behind a name and its connector.
fn task_of(text: &str, name: &Word, after: &[Word]) -> String {
    match after.first().filter(|word| CONNECTORS.contains(&word.text.as_str())) {
        Some(connector) => rest_of(text, connector),
        None => rest_of(text, name),
    }
}

/// The text behind a word, without quotation marks around it.
fn rest_of(text: &str, word: &Word) -> String {
    let rest = text[word.end..].trim().trim_start_matches([',', ':']).trim();
    let quoted = ['"', '\'', '\u{201c}', '\u{ab}'].iter().zip(['"', '\'', '\u{201d}', '\u{bb}']);
    for (open, close) in quoted {
        if let Some(inner) = rest.strip_prefix(*open).and_then(|rest| rest.strip_suffix(close)) {
            return inner.trim().to_owned();
        }
    }
    rest.to_owned()
}

fn search(text: &str, action: Action, sure: f64, words: &[Word], rest: &[Word]) -> Spell {
    let verb = words.len() - rest.len();
    let found = verb
        .checked_sub(1)
        .and_then(|last| words.get(last))
        .map(|last| rest_of(text, last))
        .unwrap_or_default();
    if found.is_empty() {
        return unclear_of(action, None, 0.4, vec!["search for ...".to_owned(), "recall".to_owned()]);
    }
    Spell { action: Some(action), text: Some(found), confidence: sure, ..Spell::default() }
}

fn unclear(daemon: Option<&str>, confidence: f64, suggestions: Vec<String>) -> Spell {
    Spell { daemon: daemon.map(str::to_owned), confidence, suggestions, ..Spell::default() }
}

fn unclear_of(action: Action, daemon: Option<&str>, confidence: f64, suggestions: Vec<String>) -> Spell {
    Spell { action: Some(action), ..unclear(daemon, confidence, suggestions.into_iter().take(5).collect()) }
}

/// An action as it is commanded.
fn command(action: Action, name: &str, task: &str) -> String {
    match action {
        Action::Invoke => {
            let mut text = format!("ask {name} to ");
            let shown: String = task.chars().take(200).collect();
            // Writing to a String does not fail.
            let _ = write!(text, "{}", if shown.is_empty() { "..." } else { &shown });
            text
        }
        Action::State => format!("status of {name}"),
        Action::Banish => format!("banish {name}"),
        _ => format!("summon {name}"),
    }
}

fn of_daemon(name: &str) -> Vec<String> {
    [Action::Summon, Action::Invoke, Action::Banish, Action::State]
        .map(|action| command(action, name, ""))
        .into()
}

/// Suggestions for a text without a verb: about the daemon that it names, if it names one.
fn about(words: &[Word], names: &[&str]) -> Vec<String> {
    let named = words.iter().find_map(|word| names.iter().find(|name| **name == word.text));
    named.map_or_else(|| general(names), |name| of_daemon(name))
}

fn general(names: &[&str]) -> Vec<String> {
    let mut all = vec!["list daemons".to_owned(), "help".to_owned()];
    all.extend(names.iter().take(1).flat_map(|name| of_daemon(name)));
    all
}

/// What can be said, an example each.
pub const EXAMPLES: [&str; 9] = [
    "summon claude",
    "ask claude to name three risks of low onboarding",
    "claude, what is FIL+?",
    "banish claude",
    "list daemons",
    "who is awake?",
    "status of claude",
    "statistics",
    "search for onboarding",
];
