//! RFC 9207: every answer names the issuer, so that clients notice a mix-up.

use crate::common::{CALLBACK, Server, answer, check, issuer, one};
use authorization::authorize::Refusal;

#[tokio::test]
async fn the_answer_with_a_code_names_the_issuer_once() {
    let server = Server::new().await;
    let pairs = answer(&server.consent_at(&[], "read").await.unwrap());
    assert_eq!(one(&pairs, "iss"), Some("https://mechafil.example"));
    assert_eq!(one(&pairs, "state"), Some("s t&a=te"));
    assert!(one(&pairs, "code").is_some_and(|code| code.starts_with("mfc_")));
}

#[test]
fn every_error_that_is_redirected_names_the_issuer_and_the_state() {
    for change in [
        ("response_type", "token"),
        ("response_type", ""),
        ("response_mode", "fragment"),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
        ("resource", "https://other.example/"),
        ("scope", "admin"),
        ("prompt", "none"),
        ("request", "eyJ"),
        ("request_uri", "https://app.example/request"),
    ] {
        let Refusal::Redirect(location) = check(&[change]).unwrap_err() else {
            panic!("a page for {change:?}")
        };
        let pairs = answer(&location);
        assert_eq!(one(&pairs, "iss"), Some("https://mechafil.example"), "{change:?}");
        assert_eq!(one(&pairs, "state"), Some("s t&a=te"), "{change:?}");
        assert!(one(&pairs, "error").is_some() && one(&pairs, "code").is_none(), "{change:?}");
    }
}

#[test]
fn a_refusal_by_the_person_names_the_issuer() {
    let pairs = answer(&check(&[]).unwrap().denied(&issuer()));
    assert_eq!(one(&pairs, "error"), Some("access_denied"));
    assert_eq!(one(&pairs, "iss"), Some("https://mechafil.example"));
}

#[test]
fn a_client_cannot_add_an_issuer_by_its_redirect_uri() {
    let uri = format!("{CALLBACK}?iss=https://evil.example");
    assert!(matches!(check(&[("redirect_uri", &uri)]), Err(Refusal::Page(_))), "it was not registered");
}
