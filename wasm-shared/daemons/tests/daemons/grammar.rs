//! Commands in plain words.

use daemons::spell::{Action, EXAMPLES, Spell, parse};
use proptest::prelude::*;

const NAMES: [&str; 3] = ["claude", "gemini", "liquidmetal"];

fn read(text: &str) -> (Option<Action>, Option<String>, Option<String>, bool) {
    let spell = parse(text, &NAMES);
    let is_sure = spell.is_sure();
    (spell.action, spell.daemon, spell.text, is_sure)
}

fn sure(text: &str, action: Action, daemon: Option<&str>, task: Option<&str>) {
    let expected = (Some(action), daemon.map(str::to_owned), task.map(str::to_owned), true);
    assert_eq!(read(text), expected, "{text}");
}

#[test]
fn every_example_is_understood() {
    for text in EXAMPLES {
        let spell = parse(text, &NAMES);
        assert!(spell.is_sure(), "{text}: {spell:?}");
    }
}

#[test]
fn verbs_politeness_and_articles_do_not_matter() {
    for text in [
        "summon claude",
        "Please summon Claude!",
        "could you wake up claude",
        "awaken the daemon claude",
        "start claude",
    ] {
        sure(text, Action::Summon, Some("claude"), None);
    }
    for text in [
        "banish gemini",
        "send away gemini",
        "dismiss the daemon gemini.",
        "stop gemini now",
        "please release gemini",
    ] {
        sure(text, Action::Banish, Some("gemini"), None);
    }
    for text in ["status of claude", "inspect claude", "how is claude?", "show status of claude"] {
        sure(text, Action::State, Some("claude"), None);
    }
}

#[test]
fn a_task_is_taken_as_it_was_written() {
    sure(
        "ask claude to Name THREE risks, please",
        Action::Invoke,
        Some("claude"),
        Some("Name THREE risks, please"),
    );
    sure("ask Claude what FIL+ is?", Action::Invoke, Some("claude"), Some("what FIL+ is?"));
    sure("tell gemini: \"paint a whale\"", Action::Invoke, Some("gemini"), Some("paint a whale"));
    sure("claude, résume ça", Action::Invoke, Some("claude"), Some("résume ça"));
    sure(
        "have liquidmetal turn this\n into a table",
        Action::Invoke,
        Some("liquidmetal"),
        Some("turn this\n into a table"),
    );
    sure(
        "ask claude to ask gemini to banish liquidmetal",
        Action::Invoke,
        Some("claude"),
        Some("ask gemini to banish liquidmetal"),
    );
}

#[test]
fn lists_statistics_and_the_record_are_asked_for() {
    for (text, action) in [
        ("list the daemons", Action::List),
        ("Which daemons are there?", Action::List),
        ("who is awake?", Action::Active),
        ("show active daemons", Action::Active),
        ("statistics", Action::Statistics),
        ("what happened?", Action::Recall),
        ("help", Action::Help),
    ] {
        sure(text, action, None, None);
    }
    sure("search the grimoire for risks", Action::Search, None, Some("risks"));
    sure("search for low onboarding", Action::Search, None, Some("low onboarding"));
}

#[test]
fn what_is_misspelled_is_suggested_and_not_done() {
    for (text, suggestion) in [
        ("banish geminy", "banish gemini"),
        ("banich gemini", "banish gemini"),
        ("summon cloude", "summon claude"),
        ("ask cluade to name a risk", "ask claude to name a risk"),
    ] {
        let spell = parse(text, &NAMES);
        assert!(!spell.is_sure(), "{text}: {spell:?}");
        assert_eq!(spell.suggestions, [suggestion], "{text}");
        assert!(parse(suggestion, &NAMES).is_sure());
    }
}

#[test]
fn what_is_ambiguous_or_incomplete_is_not_done() {
    for text in [
        "ask claude and gemini to name a risk",
        "summon claude and ask it for a risk",
        "banish",
        "ask claude",
        "claude",
        "banish everything",
        "the weather is nice",
        "do not banish gemini",
        "",
        "?!",
    ] {
        let spell = parse(text, &NAMES);
        assert!(!spell.is_sure() && !spell.suggestions.is_empty(), "{text}: {spell:?}");
    }
    let both = parse("ask claude and gemini to name a risk", &NAMES);
    assert_eq!(both.suggestions, ["ask claude to name a risk", "ask gemini to name a risk"]);
}

proptest! {
    #[test]
    fn whatever_is_said_is_read_without_a_fault(text in any::<String>()) {
        let Spell { confidence, .. } = parse(&text, &NAMES);
        prop_assert!((0.0..=1.0).contains(&confidence));
    }

    #[test]
    fn a_task_of_any_words_reaches_the_daemon(task in "[a-z0-9]{1,8}( [A-Za-z0-9]{1,8}){0,6}") {
        let spell = parse(&format!("ask claude: {task}"), &NAMES);
        prop_assume!(!["to", "that", "for", "with"].iter().any(|word| task.to_lowercase().starts_with(&format!("{word} ")) || task == *word));
        prop_assume!(!task.to_lowercase().starts_with("and "));
        prop_assert_eq!(spell.text, Some(task));
    }
}
