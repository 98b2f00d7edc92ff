//! RFC 7636: proof key for code exchange, S256 only.

use crate::common::{CHALLENGE, Server, VERIFIER, check, redirected_error};

#[test]
fn a_request_with_s256_is_accepted() {
    assert_eq!(check(&[]).unwrap().challenge, CHALLENGE);
}

#[test]
fn a_request_without_a_challenge_is_refused() {
    assert_eq!(redirected_error(check(&[("code_challenge", "")]).unwrap_err()), "invalid_request");
    let neither = [("code_challenge", ""), ("code_challenge_method", "")];
    assert_eq!(redirected_error(check(&neither).unwrap_err()), "invalid_request");
}

#[test]
fn plain_a_missing_method_and_an_unknown_one_are_refused() {
    for method in ["plain", "", "s256", "S512"] {
        let refused = check(&[("code_challenge_method", method)]).unwrap_err();
        assert_eq!(redirected_error(refused), "invalid_request", "{method}");
    }
}

#[test]
fn a_challenge_that_is_no_sha256_is_refused() {
    for challenge in [
        &CHALLENGE[..42],
        &format!("{CHALLENGE}A"),
        &CHALLENGE.replace('-', "+"),
        VERIFIER.trim_end_matches('k'),
    ] {
        let refused = check(&[("code_challenge", challenge)]).unwrap_err();
        assert_eq!(redirected_error(refused), "invalid_request", "{challenge}");
    }
}

#[tokio::test]
async fn the_verifier_of_the_standards_example_fits_its_challenge() {
    let server = Server::new().await;
    assert!(server.exchange(&server.code().await).await.is_ok());
}

#[tokio::test]
async fn a_wrong_a_missing_or_a_malformed_verifier_is_refused_and_does_not_use_up_the_code() {
    let server = Server::new().await;
    let code = server.code().await;
    let other = VERIFIER.replace('d', "e");
    for (verifier, error) in [
        (other.as_str(), "invalid_grant"),
        (CHALLENGE, "invalid_grant"),
        ("short", "invalid_grant"),
        ("", "invalid_request"),
    ] {
        let refused = server.exchange_with(&code, &[("code_verifier", verifier)]).await.unwrap_err();
        assert_eq!(refused.error, error, "{verifier}");
    }
    assert!(server.exchange(&code).await.is_ok(), "the code was not used up");
}
