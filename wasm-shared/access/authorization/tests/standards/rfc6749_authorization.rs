//! RFC 6749 and OAuth 2.1: authorization requests, and which errors may be redirected.

use crate::common::{CALLBACK, answer, asking, check, client, issuer, one, redirected_error, register};
use access::Scopes;
use authorization::{
    Params,
    authorize::{self, Refusal},
};
use serde_json::json;

fn is_page(refused: &Result<authorize::AuthorizationRequest, Refusal>) -> bool {
    matches!(refused, Err(Refusal::Page(_)))
}

#[test]
fn an_unknown_client_is_never_redirected() {
    assert!(is_page(&authorize::check(&asking(&client(), &[]), None, &issuer())));
    assert!(is_page(&check(&[("client_id", "client_somebody-elses")])));
    assert!(is_page(&check(&[("client_id", "")])));
}

#[test]
fn an_unregistered_redirect_uri_is_never_redirected_to() {
    for uri in [
        "https://evil.example/callback",
        "https://app.example/callback/",
        "https://app.example/callback/../evil",
        "https://app.example/callback?x=1",
        "https://app.example/callback#x",
        "https://app.example:444/callback",
        "https://APP.example/callback",
        "https://app.example/%63allback",
        "http://app.example/callback",
        "https://app.example.evil.example/callback",
        "https://app.example@evil.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "",
    ] {
        assert!(is_page(&check(&[("redirect_uri", uri)])), "{uri}");
        // Whatever else is wrong with the request.
        assert!(is_page(&check(&[("redirect_uri", uri), ("response_type", "token")])), "{uri}");
    }
}

#[test]
fn client_and_redirect_uri_given_twice_are_a_page() {
    let id = client().id;
    assert!(is_page(&check(&[("client_id", &id), ("client_id", "x")])));
    assert!(is_page(&check(&[("redirect_uri", CALLBACK), ("redirect_uri", "https://evil.example/")])));
}

#[test]
fn other_parameters_given_twice_are_an_error_for_the_client() {
    for name in ["response_type", "scope", "code_challenge", "code_challenge_method", "state"] {
        let refused = check(&[(name, "a"), (name, "b")]).unwrap_err();
        assert_eq!(redirected_error(refused), "invalid_request", "{name}");
    }
}

#[test]
fn only_the_code_flow_is_given() {
    for response_type in ["token", "id_token", "code token", "none"] {
        let refused = check(&[("response_type", response_type)]).unwrap_err();
        assert_eq!(redirected_error(refused), "unsupported_response_type");
    }
    assert_eq!(redirected_error(check(&[("response_type", "")]).unwrap_err()), "invalid_request");
    assert_eq!(redirected_error(check(&[("response_mode", "form_post")]).unwrap_err()), "invalid_request");
    assert!(check(&[("response_mode", "query")]).is_ok());
}

#[test]
fn scopes_that_cannot_be_delegated_are_left_out() {
    let asked = |scope: &str| check(&[("scope", scope)]).map(|request| request.scopes());
    assert_eq!(asked("read admin deploy approve").unwrap(), Scopes::parse("read").unwrap());
    assert_eq!(redirected_error(asked("admin").unwrap_err()), "invalid_scope");
}

#[test]
fn unknown_scopes_are_left_out_and_offline_access_is_accepted() {
    let asked = |scope: &str| check(&[("scope", scope)]).map(|request| request.scopes().to_string());
    assert_eq!(asked("openid read email jobs").unwrap(), "read jobs");
    assert_eq!(asked("read offline_access").unwrap(), "read");
    assert_eq!(asked("offline_access").unwrap(), "read", "reading where nothing is named");
    assert_eq!(asked("").unwrap(), "read");
    assert_eq!(redirected_error(asked("openid").unwrap_err()), "invalid_scope");
}

#[test]
fn state_comes_back_as_it_was_and_may_be_missing() {
    let pairs = answer(&check(&[("state", "äöü ?&=#")]).unwrap().denied(&issuer()));
    assert_eq!(one(&pairs, "state"), Some("äöü ?&=#"));
    let pairs = answer(&check(&[("state", "")]).unwrap().denied(&issuer()));
    assert_eq!(one(&pairs, "state"), None);
}

#[test]
fn a_redirect_uri_with_a_query_keeps_it() {
    let uri = "https://app.example/callback?tenant=1";
    let client = register(&json!({ "redirect_uris": [uri] })).unwrap();
    let request =
        authorize::check(&asking(&client, &[("redirect_uri", uri)]), Some(&client), &issuer()).unwrap();
    let location = request.allowed(&issuer(), "mfc_x");
    assert!(location.starts_with("https://app.example/callback?tenant=1&code=mfc_x&"), "{location}");
}

#[test]
fn what_a_client_sends_cannot_break_out_of_the_location() {
    let location = check(&[("state", "x\r\nset-cookie: a=b")]).unwrap().denied(&issuer());
    assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location}");
}

#[test]
fn a_query_of_any_size_is_read_without_a_panic_and_a_huge_one_not_at_all() {
    let huge = format!("state={}", "x".repeat(20_000));
    assert_eq!(Params::parse(&huge).one("state"), Ok(None));
    assert_eq!(Params::parse("a=1&%zz&=&&a").one("a"), Err(authorization::Repeated("a")));
}
