//! Who may do what.

use access::{
    Access, Caller, Configured, Credential, Decision, Delegation, Expiry, Hash, KeyChange, KeyRecord, Kind,
    Limits, Lookup, NewKey, Policy, Refusal, Scope, Scopes, Secret, SignIn, Surface, Who,
    address::AddressHash, decide,
};

const NOW: i64 = 1_800_000_000_000;

fn read() -> Access {
    Access::Requires(Scopes::of(&[Scope::Read]))
}

fn policy(public_access: bool, sign_in: SignIn) -> Policy {
    Policy { public_access, sign_in, anonymous: Limits { per_minute: 20, per_day: 1000 } }
}

fn secret(byte: u8) -> Secret {
    Secret::mint(Kind::Key, [byte; 32])
}

fn record() -> KeyRecord {
    let new = NewKey {
        name: "ci".to_owned(),
        owner: None,
        scopes: Scopes::of(&[Scope::Read, Scope::Jobs, Scope::Admin]),
        limits: Limits::DEFAULT,
        tokens_per_day: None,
        expires: Some(NOW + 1000),
    };
    KeyRecord::new(new, "key_1".to_owned(), &secret(1), NOW)
}

fn guard(lookup: Lookup, access: Access, surface: Surface, policy: Policy) -> Decision {
    decide(lookup, AddressHash::of(None, b"salt"), access, surface, policy)
}

fn http(lookup: Lookup, access: Access) -> Decision {
    guard(lookup, access, Surface::Http, policy(true, SignIn::Optional))
}

#[test]
fn anonymous_callers_may_read_where_access_is_public_and_nothing_else() {
    let Decision::Allow(caller) = http(Lookup::Anonymous, read()) else { panic!("refused") };
    assert!(!caller.is_authenticated());
    assert_eq!((caller.limits.unwrap().per_minute, caller.owner), (20, None));
    for scope in Scope::ALL.into_iter().filter(|scope| *scope != Scope::Read) {
        let required = Scopes::of(&[scope]);
        assert_eq!(
            http(Lookup::Anonymous, Access::Requires(required)),
            Decision::Unauthorized { refusal: None, required },
        );
    }
}

#[test]
fn without_public_access_reading_needs_a_key() {
    let decision = guard(Lookup::Anonymous, read(), Surface::Http, policy(false, SignIn::Optional));
    assert!(matches!(decision, Decision::Unauthorized { refusal: None, .. }));
}

#[test]
fn open_operations_answer_everybody_whatever_is_sent() {
    for lookup in [Lookup::Anonymous, Lookup::Refused(Refusal::Unknown)] {
        let decision = guard(lookup, Access::Open, Surface::Http, policy(false, SignIn::Required));
        assert!(matches!(decision, Decision::Allow(_)));
    }
}

#[test]
fn a_bad_credential_is_refused_and_never_taken_for_anonymous() {
    for refusal in
        [Refusal::NotBearer, Refusal::Mistyped, Refusal::Unknown, Refusal::Expired, Refusal::Revoked]
    {
        let decision = http(Lookup::Refused(refusal), read());
        assert!(matches!(decision, Decision::Unauthorized { refusal: Some(it), .. } if it == refusal));
    }
}

#[test]
fn required_sign_in_asks_at_mcp_and_not_at_http() {
    let required = policy(true, SignIn::Required);
    let decision = guard(Lookup::Anonymous, read(), Surface::Mcp, required);
    assert!(matches!(decision, Decision::Unauthorized { refusal: None, .. }));
    assert!(matches!(guard(Lookup::Anonymous, read(), Surface::Http, required), Decision::Allow(_)));
    let optional = policy(true, SignIn::Optional);
    assert!(matches!(guard(Lookup::Anonymous, read(), Surface::Mcp, optional), Decision::Allow(_)));
}

#[test]
fn a_missing_scope_is_named_with_all_that_the_operation_needs() {
    let required = Scopes::parse("read models deploy").unwrap();
    let lookup = record().lookup(&secret(1).hash(), NOW);
    let missing = Scopes::parse("models deploy").unwrap();
    assert_eq!(http(lookup, Access::Requires(required)), Decision::Forbidden { required, missing });
}

#[test]
fn the_operator_may_do_everything() {
    let configured = Configured::read(Some("the-operators-own-key"), None);
    let access::Step::Known(lookup) = configured.identify(&Credential::of("the-operators-own-key")) else {
        panic!("not recognized")
    };
    assert!(matches!(http(lookup, Access::Requires(Scopes::ALL)), Decision::Allow(_)));
}

#[test]
fn a_key_is_good_until_its_expiry_and_not_at_it() {
    let lookup = |now| record().lookup(&secret(1).hash(), now);
    assert!(matches!(lookup(NOW + 999), Lookup::Known(_)));
    assert_eq!(lookup(NOW + 1000), Lookup::Refused(Refusal::Expired));
}

#[test]
fn a_revoked_key_is_refused_at_once() {
    let revoked = KeyRecord { revoked: Some(NOW), ..record() };
    assert_eq!(revoked.lookup(&secret(1).hash(), NOW), Lookup::Refused(Refusal::Revoked));
}

#[test]
fn after_a_rotation_the_old_key_is_good_for_the_grace_and_the_new_one_at_once() {
    let rotated = KeyRecord { expires: None, ..record() }.rotated(&secret(2), NOW, 3_600_000);
    assert!(matches!(rotated.lookup(&secret(2).hash(), NOW), Lookup::Known(_)));
    assert!(matches!(rotated.lookup(&secret(1).hash(), NOW + 3_599_999), Lookup::Known(_)));
    assert_eq!(rotated.lookup(&secret(1).hash(), NOW + 3_600_000), Lookup::Refused(Refusal::Expired));
    assert_eq!(rotated.lookup(&secret(3).hash(), NOW), Lookup::Refused(Refusal::Unknown));
    assert_eq!(rotated.id, "key_1");
    assert_eq!(rotated.prefix, secret(2).recognizable());
}

#[test]
fn a_rotation_without_grace_ends_the_old_key_at_once() {
    let rotated = record().rotated(&secret(2), NOW, 0);
    assert_eq!(rotated.lookup(&secret(1).hash(), NOW), Lookup::Refused(Refusal::Unknown));
}

fn delegation() -> Delegation {
    Delegation {
        grant: "grant_1".to_owned(),
        client: "https://claude.ai/client".to_owned(),
        scopes: Scopes::ALL,
        expires: NOW + 500,
        ended: false,
    }
}

#[test]
fn a_token_has_the_scopes_that_key_and_consent_share_and_never_admin() {
    let lookup = delegation().lookup(record().lookup_by_id(NOW), NOW);
    let Lookup::Known(caller) = lookup else { panic!("refused: {lookup:?}") };
    assert_eq!(caller.scopes.to_string(), "read jobs", "the key has admin, which is not delegated");
    let narrow = Delegation { scopes: Scopes::of(&[Scope::Read, Scope::Models]), ..delegation() };
    let Lookup::Known(caller) = narrow.lookup(record().lookup_by_id(NOW), NOW) else { panic!("refused") };
    assert_eq!(caller.scopes.to_string(), "read", "the key has no models");
}

#[test]
fn a_token_spends_its_keys_quota() {
    let key = record().lookup_by_id(NOW);
    let Lookup::Known(token) = delegation().lookup(key.clone(), NOW) else { panic!("refused") };
    let Lookup::Known(key) = key else { panic!("refused") };
    assert_eq!(token.quota_subject(), key.quota_subject());
    assert_eq!(token.limits, key.limits);
    assert!(matches!(token.who, Who::Token { .. }));
}

#[test]
fn a_token_dies_with_its_key_its_grant_and_its_time() {
    let alive = || record().lookup_by_id(NOW);
    let revoked = KeyRecord { revoked: Some(NOW), ..record() }.lookup_by_id(NOW);
    assert_eq!(delegation().lookup(revoked, NOW), Lookup::Refused(Refusal::Revoked));
    assert_eq!(
        delegation().lookup(record().lookup_by_id(NOW + 1000), NOW),
        Lookup::Refused(Refusal::Expired)
    );
    assert_eq!(
        delegation().lookup(Lookup::Refused(Refusal::Unknown), NOW),
        Lookup::Refused(Refusal::Revoked)
    );
    assert_eq!(delegation().lookup(alive(), NOW + 500), Lookup::Refused(Refusal::Expired));
    let ended = Delegation { ended: true, ..delegation() };
    assert_eq!(ended.lookup(alive(), NOW), Lookup::Refused(Refusal::Revoked));
    let operator = Lookup::Known(Caller::operator());
    assert_eq!(delegation().lookup(operator, NOW), Lookup::Refused(Refusal::Revoked), "keys delegate only");
}

#[test]
fn a_token_survives_the_rotation_of_its_key() {
    let rotated = KeyRecord { expires: None, ..record() }.rotated(&secret(2), NOW, 0);
    assert!(matches!(delegation().lookup(rotated.lookup_by_id(NOW), NOW), Lookup::Known(_)));
}

#[test]
fn the_last_use_is_worth_a_write_once_a_minute() {
    let used = KeyRecord { last_used: Some(NOW), ..record() };
    assert!(record().is_touch_due(NOW));
    assert!(!used.is_touch_due(NOW + 59_999));
    assert!(used.is_touch_due(NOW + 60_000));
}

#[test]
fn every_impossible_value_of_a_new_key_is_named_at_once() {
    let new = NewKey {
        name: " ".to_owned(),
        owner: Some("a\nb".to_owned()),
        scopes: Scopes::NONE,
        limits: Limits { per_minute: 0, per_day: u32::MAX },
        tokens_per_day: None,
        expires: Some(NOW),
    };
    let fields: Vec<_> = new.problems(NOW).iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["name", "owner", "scopes", "requests_per_minute", "requests_per_day", "expires_at"]);
    assert_eq!(KeyChange::default().problems(NOW), []);
}

#[test]
fn a_change_leaves_what_it_does_not_name() {
    let change = KeyChange { per_day: Some(5), expires: Some(Expiry::Never), ..KeyChange::default() };
    let changed = change.apply(record());
    let expected = KeyRecord { limits: Limits { per_day: 5, ..Limits::DEFAULT }, expires: None, ..record() };
    assert_eq!(changed, expected);
}

#[test]
fn hashes_of_equal_secrets_are_equal() {
    assert_eq!(secret(1).hash(), Hash::of(secret(1).reveal()));
    assert_ne!(secret(1).hash(), secret(2).hash());
}
