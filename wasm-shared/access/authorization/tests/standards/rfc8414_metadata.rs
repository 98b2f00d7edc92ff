//! RFC 8414: the authorization server's metadata, and the issuer in it.

use crate::common::issuer;
use authorization::{
    Issuer,
    metadata::{AUTHORIZATION_SERVER_PATHS, authorization_server},
};
use serde_json::{Value, json};

fn document() -> Value {
    authorization_server(&issuer())
}

#[test]
fn the_issuer_is_the_origin_without_a_slash() {
    assert_eq!(document()["issuer"], "https://mechafil.example");
}

#[test]
fn a_public_url_is_an_https_origin_or_http_on_loopback() {
    for (url, origin) in [
        ("https://h.example", "https://h.example"),
        ("https://h.example/", "https://h.example"),
        ("HTTPS://H.Example:443", "https://h.example"),
        (" https://h.example:8443\n", "https://h.example:8443"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ] {
        assert_eq!(Issuer::parse(url).unwrap().as_str(), origin, "{url}");
    }
    for url in [
        "http://h.example",
        "https://h.example/base",
        "https://h.example?x",
        "https://h.example/#x",
        "https://user@h.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "ftp://h.example",
        "h.example",
        "",
    ] {
        assert!(Issuer::parse(url).is_err(), "{url}");
    }
}

#[test]
fn where_no_public_url_is_set_the_host_of_the_request_is_the_issuer() {
    let of = |public: Option<&str>, host: Option<&str>| {
        Issuer::of_request(public, host).map(|issuer| issuer.as_str().to_owned())
    };
    assert_eq!(of(Some("https://h.example"), Some("other.example")).unwrap(), "https://h.example");
    assert_eq!(of(Some(" "), Some("h.example")).unwrap(), "https://h.example");
    assert_eq!(of(None, Some("127.0.0.1:8787")).unwrap(), "http://127.0.0.1:8787");
    assert_eq!(
        of(Some("http://h.example"), Some("h.example")),
        None,
        "a setting that is wrong is not replaced"
    );
    assert_eq!(of(None, Some("h.example/path")), None);
    assert_eq!(of(None, None), None);
}

#[test]
fn endpoints_are_where_older_clients_guess_them() {
    let document = document();
    for (name, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("registration_endpoint", "/register"),
        ("revocation_endpoint", "/revoke"),
    ] {
        assert_eq!(document[name], format!("https://mechafil.example{path}"));
    }
}

#[test]
fn what_clients_demand_is_advertised() {
    let document = document();
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["response_modes_supported"], json!(["query"]));
    assert_eq!(document["grant_types_supported"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]), "and not plain");
    // Claude names itself by a metadata document only where both of these are there.
    assert_eq!(document["client_id_metadata_document_supported"], true);
    assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["none"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
}

#[test]
fn only_scopes_that_a_client_can_get_are_offered() {
    assert_eq!(
        document()["scopes_supported"],
        json!(["read", "jobs", "models", "connect", "offline_access"])
    );
}

#[test]
fn the_document_is_found_at_the_root_behind_the_resource_and_as_openid_configuration() {
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration",
    ] {
        assert!(AUTHORIZATION_SERVER_PATHS.contains(&path), "{path}");
    }
}
