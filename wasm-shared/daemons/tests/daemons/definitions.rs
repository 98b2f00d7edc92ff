//! Which daemons there are.

use daemons::{DaemonStore, Definition, is_name};
use platform_native::memory::World;

#[tokio::test]
async fn three_are_built_in_with_their_old_names_and_colours() {
    let platform = World::default().platform();
    let all = DaemonStore::open(&platform).await.unwrap().catalogue().await.unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|(name, definition)| {
            (name.as_str(), definition.provider.as_deref(), definition.color_code.as_str())
        })
        .collect();
    let expected = [
        ("claude", Some("anthropic"), "#8B5CF6"),
        ("gemini", Some("google"), "#F59E0B"),
        ("liquidmetal", Some("openai"), "#06B6D4"),
    ];
    assert_eq!(told, expected);
    assert!(
        all.values()
            .all(|definition| !definition.system_prompt.is_empty() && definition.problems().is_empty())
    );
}

#[tokio::test]
async fn an_operator_adds_changes_takes_away_and_brings_back() {
    let platform = World::default().platform();
    let store = DaemonStore::open(&platform).await.unwrap();
    let own = Definition { model: Some("small".to_owned()), ..Definition::beginning("claude") };
    store.define("claude", &own).await.unwrap();
    store.define("scribe", &Definition::beginning("scribe")).await.unwrap();
    let all = store.catalogue().await.unwrap();
    assert_eq!((all["claude"].model.as_deref(), all.len()), (Some("small"), 4));
    store.remove("claude").await.unwrap();
    assert!(!store.catalogue().await.unwrap().contains_key("claude"));
    store.define("claude", &Definition::beginning("claude")).await.unwrap();
    assert_eq!(store.catalogue().await.unwrap().get("claude"), Definition::built_in("claude").as_ref());
}

#[test]
fn a_definition_says_everything_that_cannot_be() {
    let wrong = Definition {
        color_code: "violet".to_owned(),
        role: "x".repeat(201),
        capabilities: vec![String::new()],
        ..Definition::beginning("x")
    };
    let fields: Vec<_> = wrong.problems().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["role", "color_code", "capabilities"]);
}

#[test]
fn a_name_is_lower_case_and_begins_with_a_letter() {
    assert!(["a", "claude", "my-daemon_2"].into_iter().all(is_name));
    assert!(!["", "Claude", "2x", "-a", "a b", "a/b", "é", &"x".repeat(41)].into_iter().any(is_name));
}
