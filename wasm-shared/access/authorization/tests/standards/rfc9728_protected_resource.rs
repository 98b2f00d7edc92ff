//! RFC 9728 and RFC 6750: how a host learns where to sign in.

use crate::common::issuer;
use access::Scopes;
use authorization::{
    challenge,
    metadata::{PROTECTED_RESOURCE_PATHS, protected_resource},
};
use serde_json::json;

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

#[test]
fn the_resource_is_the_mcp_endpoint_as_people_type_it() {
    let document = protected_resource(&issuer());
    assert_eq!(document["resource"], "https://mechafil.example/mcp");
    assert_eq!(document["authorization_servers"], json!(["https://mechafil.example"]));
    assert_eq!(document["bearer_methods_supported"], json!(["header"]));
}

#[test]
fn its_scopes_are_the_least_of_use_and_without_offline_access() {
    assert_eq!(protected_resource(&issuer())["scopes_supported"], json!(["read"]));
}

#[test]
fn the_document_is_found_at_the_root_and_behind_the_path() {
    assert_eq!(
        PROTECTED_RESOURCE_PATHS,
        ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"]
    );
}

#[test]
fn without_a_credential_the_challenge_names_no_error() {
    assert_eq!(
        challenge::unauthorized(&issuer(), scopes("read"), false),
        "Bearer resource_metadata=\"https://mechafil.example/.well-known/oauth-protected-resource/mcp\", scope=\"read\""
    );
}

#[test]
fn a_bad_token_is_named_invalid() {
    let challenge = challenge::unauthorized(&issuer(), scopes("read"), true);
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    assert!(challenge.contains("resource_metadata=\"https://"), "absolute: {challenge}");
}

#[test]
fn a_missing_scope_is_asked_for_with_all_scopes_of_the_operation() {
    let challenge = challenge::insufficient_scope(&issuer(), scopes("jobs read"));
    assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains("scope=\"read jobs\""), "{challenge}");
    assert!(challenge.contains("resource_metadata=\"https://"), "{challenge}");
    assert!(challenge.contains("error_description="), "{challenge}");
}

#[test]
fn a_host_is_not_asked_to_request_what_cannot_be_delegated() {
    let challenge = challenge::insufficient_scope(&issuer(), scopes("read deploy"));
    assert!(challenge.contains("scope=\"read\""), "{challenge}");
    assert!(challenge.contains("needs the scopes read deploy"), "{challenge}");
}
