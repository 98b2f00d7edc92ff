//! Scopes as sets and as names.

use access::{Scope, Scopes};

#[test]
fn names_separated_by_spaces_are_a_set() {
    let scopes = Scopes::parse("jobs read jobs").unwrap();
    assert_eq!(scopes, Scopes::of(&[Scope::Read, Scope::Jobs]));
    assert_eq!(scopes.to_string(), "read jobs");
    assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["read","jobs"]"#);
    assert_eq!(Scopes::parse("").unwrap(), Scopes::NONE);
}

#[test]
fn every_scope_has_a_name_that_reads_back() {
    for scope in Scope::ALL {
        assert_eq!(Scope::named(scope.name()), Some(scope));
        assert!(Scopes::ALL.has(scope));
        assert!(!scope.description().is_empty());
    }
    assert_eq!(Scope::ALL.into_iter().collect::<Scopes>(), Scopes::ALL);
}

#[test]
fn an_unknown_scope_is_refused_with_the_nearest_name() {
    let refused = Scopes::parse("read job").unwrap_err().to_string();
    assert!(refused.contains(r#""job" is not known; did you mean "jobs"?"#), "{refused}");
    assert!(refused.contains("read, jobs, models, connect, deploy, approve, admin"), "{refused}");
    let refused = Scopes::from_names(["reed"]).unwrap_err().to_string();
    assert!(refused.contains(r#"did you mean "read"?"#), "{refused}");
    let refused = Scopes::parse("xyz").unwrap_err().to_string();
    assert!(!refused.contains("did you mean"), "{refused}");
}

#[test]
fn administering_deploying_and_approving_cannot_be_delegated() {
    for scope in [Scope::Admin, Scope::Deploy, Scope::Approve] {
        assert!(!Scopes::DELEGABLE.has(scope));
    }
    assert_eq!(Scopes::ALL.without(Scopes::DELEGABLE).to_string(), "deploy approve admin");
}

#[test]
fn sets_intersect_unite_and_subtract() {
    let (a, b) = (Scopes::parse("read jobs").unwrap(), Scopes::parse("jobs admin").unwrap());
    assert_eq!(a.and(b).to_string(), "jobs");
    assert_eq!(a.or(b).to_string(), "read jobs admin");
    assert_eq!(a.without(b).to_string(), "read");
    assert!(a.or(b).contains(a) && !a.contains(b) && a.contains(Scopes::NONE));
}
