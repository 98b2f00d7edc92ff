//! Keys that come from settings: `ADMIN_API_KEY` and `API_KEYS`.

use access::{Caller, Configured, Credential, Kind, Logins, Lookup, Refusal, Secret, Step, Who};

const LONG: &str = "correct-horse-battery-long";
const OTHER: &str = "another-staple-of-length";

fn known(configured: &Configured, key: &str) -> Option<Caller> {
    match configured.identify(&Credential::of(key)) {
        Step::Known(Lookup::Known(caller)) => Some(caller),
        _ => None,
    }
}

#[test]
fn both_forms_of_api_keys_give_the_same_keys() {
    let json = Configured::read(None, Some(&format!(r#"{{"ci":"{LONG}","web":"{OTHER}"}}"#)));
    let list = Configured::read(None, Some(&format!(" ci:{LONG}, web:{OTHER},\n")));
    assert_eq!(json.keys(), list.keys());
    assert_eq!(json.keys().len(), 2);
    assert_eq!(known(&json, LONG).unwrap().name, "ci");
    assert_eq!(known(&json, OTHER).unwrap().name, "web");
    assert!(json.problems().is_empty() && list.problems().is_empty());
}

#[test]
fn a_key_with_a_colon_is_whole() {
    let configured = Configured::read(None, Some("ci:with:colons:in-it-all-over"));
    assert!(known(&configured, "with:colons:in-it-all-over").is_some());
}

#[test]
fn the_operators_key_has_every_scope_and_no_limits() {
    let configured = Configured::read(Some(&format!("{LONG}\n")), None);
    let operator = known(&configured, LONG).unwrap();
    assert_eq!(operator, Caller::operator());
    assert_eq!((operator.quota_subject(), operator.limits), (None, None));
    assert!(configured.has_operator());
}

#[test]
fn an_unset_or_empty_operators_key_is_nobodys() {
    for key in [None, Some(""), Some(" \n")] {
        let configured = Configured::read(key, None);
        assert!(!configured.has_operator());
        assert_eq!(known(&configured, ""), None);
    }
}

#[test]
fn a_changed_secret_has_another_id_and_the_same_owner() {
    let id = |key: &str| Configured::read(None, Some(&format!("ci:{key}"))).keys()[0].id.clone();
    assert!(id(LONG).starts_with("env:ci:"));
    assert_ne!(id(LONG), id(OTHER));
    let owner = |key: &str| known(&Configured::read(None, Some(&format!("ci:{key}"))), key).unwrap().owner;
    assert_eq!(owner(LONG), owner(OTHER));
}

#[test]
fn a_token_of_a_configured_key_dies_when_the_secret_changes() {
    let before = Configured::read(None, Some(&format!("ci:{LONG}")));
    let after = Configured::read(None, Some(&format!("ci:{OTHER}")));
    let id = &before.keys()[0].id;
    assert!(matches!(before.lookup_by_id(id), Some(Lookup::Known(_))));
    assert_eq!(after.lookup_by_id(id), Some(Lookup::Refused(Refusal::Revoked)));
    assert_eq!(after.lookup_by_id("key_1"), None, "a stored key's");
}

#[test]
fn a_weak_mistyped_nameless_or_repeated_key_is_left_out_and_named() {
    let mistyped = format!("{}x", &Secret::mint(Kind::Key, [1; 32]).reveal()[..52]);
    let text = format!("short:tiny,typo:{mistyped},:{LONG},ci:{LONG},ci:{OTHER},twin:{LONG}");
    let configured = Configured::read(None, Some(&text));
    let names: Vec<_> = configured.keys().iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["ci"]);
    let problems = configured.problems().join("\n");
    for expected in ["\"short\"", "\"typo\"", "without a name", "\"ci\"", "\"twin\""] {
        assert!(problems.contains(expected), "{expected}: {problems}");
    }
    for secret in [LONG, OTHER, "tiny", &mistyped] {
        assert!(!problems.contains(secret), "{problems}");
    }
}

#[test]
fn settings_that_cannot_be_read_give_no_key_and_say_so() {
    for text in ["{", "[1]", r#"{"a":1}"#, "no-colon-here-at-all"] {
        let configured = Configured::read(None, Some(text));
        assert!(configured.keys().is_empty());
        assert_eq!(configured.problems().len(), 1, "{text}");
    }
}

#[test]
fn a_minted_key_can_be_configured_too() {
    let key = Secret::mint(Kind::Key, [1; 32]);
    let configured = Configured::read(Some(key.reveal()), None);
    assert_eq!(known(&configured, key.reveal()), Some(Caller::operator()));
    let configured = Configured::read(None, Some(&format!("ci:{}", key.reveal())));
    assert!(matches!(known(&configured, key.reveal()).unwrap().who, Who::Key { .. }));
}

#[test]
fn what_settings_do_not_know_is_looked_up_or_refused() {
    let configured = Configured::read(Some(LONG), None);
    let (key, token) = (Secret::mint(Kind::Key, [1; 32]), Secret::mint(Kind::AccessToken, [1; 32]));
    assert_eq!(configured.identify(&Credential::of(key.reveal())), Step::FindKey(key.hash()));
    assert_eq!(configured.identify(&Credential::of(token.reveal())), Step::FindToken(token.hash()));
    let refused = Step::Known(Lookup::Refused(Refusal::Unknown));
    assert_eq!(configured.identify(&Credential::of("a-key-of-somebody-else")), refused);
    assert_eq!(configured.identify(&Credential::None), Step::Known(Lookup::Anonymous));
}

#[test]
fn an_account_at_a_provider_stands_for_the_key_that_is_named_behind_the_last_equals_sign() {
    let logins = Logins::parse(" github:583231=alice, oidc:auth0|24=400:x = key_1 ,,").unwrap();
    assert_eq!(logins.key("github", "583231"), Some("alice"));
    assert_eq!(logins.key("oidc", "auth0|24=400:x"), Some("key_1"));
    for (provider, subject) in [("oidc", "583231"), ("github", "58323"), ("github", ""), ("", "583231")] {
        assert_eq!(logins.key(provider, subject), None, "{provider}:{subject}");
    }
    assert_eq!(Logins::parse("").unwrap().key("github", "1"), None);
}

#[test]
fn a_list_of_accounts_with_an_entry_that_is_none_says_which() {
    for (text, entry) in [
        ("github:1=a,gitlab:2=b", 2),
        ("583231=alice", 1),
        ("github:583231", 1),
        ("github:=alice", 1),
        ("github:1=a,oidc:2=", 2),
    ] {
        assert_eq!(Logins::parse(text), Err(entry), "{text}");
    }
}
