//! Commands in plain words.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::{Value, json};

use super::Summoner;

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        a_spell_says_what_it_means_and_how_sure_that_is,
        a_spell_does_what_its_path_does,
        what_is_not_understood_is_not_done_but_suggested,
    ]
}

fn cast(somebody: &Summoner<'_>, spell: &str) -> Value {
    somebody.post("/spell/cast", &json!({"spell": spell})).ok()["result"].clone()
}

fn a_spell_says_what_it_means_and_how_sure_that_is(service: &Service) {
    let somebody = Summoner::new(service);
    let parse = |spell: &str| somebody.post("/spell/parse", &json!({"spell": spell})).ok();
    let asked = parse("Please ask Claude to name THREE risks");
    assert_eq!(
        (&asked["status"], &asked["action"], &asked["daemon_name"]),
        (&json!("parsed"), &json!("invoke"), &json!("claude"))
    );
    assert_eq!((&asked["text"], &asked["confidence"]), (&json!("name THREE risks"), &json!(1.0)));
    let misspelled = parse("banish geminy");
    assert_eq!(
        (&misspelled["status"], &misspelled["suggestions"]),
        (&json!("unclear"), &json!(["banish gemini"]))
    );
    assert!(misspelled["confidence"].as_f64().is_some_and(|sure| sure > 0.0 && sure < 0.75));
    assert_eq!(somebody.told(), [""; 0], "nothing was done");
}

fn a_spell_does_what_its_path_does(service: &Service) {
    let somebody = Summoner::new(service);
    assert_eq!(cast(&somebody, "wake up gemini")["status"], "summoned");
    assert_eq!(cast(&somebody, "who is awake?")["active_daemons"]["gemini"]["is_summoned"], true);
    assert_eq!(cast(&somebody, "status of gemini")["daemon_state"]["daemon"]["name"], "gemini");
    assert_eq!(cast(&somebody, "statistics")["statistics"]["active_daemons"], 1);
    assert_eq!(cast(&somebody, "what happened?")["count"], 1);
    assert!(cast(&somebody, "help")["examples"].as_array().is_some_and(|all| all.len() > 5));
    assert_eq!(cast(&somebody, "banish gemini")["status"], "banished");
    let again = somebody.post("/spell/cast", &json!({"spell": "banish gemini"}));
    assert_eq!(again.refused(400).code, "NOT_SUMMONED");
    let call = somebody.post("/spell/cast", &json!({"spell": "ask gemini to paint a whale"}));
    assert_eq!(call.refused(400).code, "NOT_SUMMONED");
}

fn what_is_not_understood_is_not_done_but_suggested(service: &Service) {
    let somebody = Summoner::new(service);
    let _ = somebody.summon("gemini").ok();
    for spell in ["banish geminy", "do not banish gemini", "the weather is nice"] {
        let refused = somebody.post("/spell/cast", &json!({"spell": spell})).refused(422);
        assert_eq!(refused.code, "SPELL_UNCLEAR");
        assert!(refused.detail.contains("Perhaps you mean: \""), "{}", refused.detail);
    }
    assert_eq!(somebody.active(), ["gemini"]);
    assert_eq!(somebody.post("/spell/parse", &json!({"spell": ""})).refused(422).pointers(), ["/spell"]);
}
