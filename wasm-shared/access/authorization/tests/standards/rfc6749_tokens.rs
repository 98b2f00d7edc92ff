//! RFC 6749 and OAuth 2.1: codes for tokens.

use crate::common::{Server, client, form, issuer, tokens};
use access::{Caller, Kind, Lookup, Secret, Who};
use authorization::{Issuer, Params, token::TokenRequest};

fn read(text: &str, authorization: Option<&str>) -> Result<TokenRequest, authorization::OauthError> {
    TokenRequest::read(&Params::parse(text), authorization, &issuer())
}

fn by_code() -> String {
    let code = Secret::mint(Kind::Code, [1; 32]);
    format!("grant_type=authorization_code&code={}&code_verifier=x&", code.reveal())
}

#[tokio::test]
async fn a_code_gives_a_bearer_token_for_an_hour_and_always_a_refresh_token() {
    let server = Server::new().await;
    let body = server.exchange(&server.code().await).await.unwrap();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "read jobs");
    let (access, refresh) = tokens(&body);
    assert!(access.starts_with("mfa_") && refresh.starts_with("mfr_"));
    assert!(server.is_good(&access).await);
    server.wait(3_599_999);
    assert!(server.is_good(&access).await);
    server.wait(1);
    assert!(!server.is_good(&access).await);
}

#[tokio::test]
async fn a_token_stands_for_the_key_narrowed_by_the_consent() {
    let server = Server::new().await;
    let location = server.consent_at(&[("scope", "read jobs models admin")], "read models").await.unwrap();
    let code = crate::common::one(&crate::common::answer(&location), "code").unwrap().to_owned();
    let (access, _) = tokens(&server.exchange(&code).await.unwrap());
    let Lookup::Known(Caller { who: Who::Token { key, client: holder, .. }, scopes, owner, .. }) =
        server.presenting(&access).await
    else {
        panic!("refused")
    };
    assert_eq!((key.as_str(), owner.as_deref()), ("key_1", Some("team")));
    assert_eq!(holder, client().id);
    assert_eq!(
        scopes.to_string(),
        "read",
        "jobs was not ticked, the key has no models, admin is never given"
    );
}

#[tokio::test]
async fn a_code_is_good_for_sixty_seconds() {
    let server = Server::new().await;
    let (late, timely) = (server.code().await, server.code().await);
    server.wait(59_999);
    assert!(server.exchange(&timely).await.is_ok());
    server.wait(1);
    assert_eq!(server.exchange(&late).await.unwrap_err().error, "invalid_grant");
}

#[tokio::test]
async fn a_code_that_is_used_twice_ends_the_grant() {
    let server = Server::new().await;
    let code = server.code().await;
    let (access, refresh) = tokens(&server.exchange(&code).await.unwrap());
    let replayed = server.exchange(&code).await.unwrap_err();
    assert_eq!((replayed.error, replayed.status()), ("invalid_grant", 400));
    assert!(!server.is_good(&access).await);
    assert_eq!(server.refresh(&refresh).await.unwrap_err().error, "invalid_grant");
}

#[tokio::test]
async fn a_replay_after_the_minute_ends_the_grant_too() {
    let server = Server::new().await;
    let code = server.code().await;
    let (access, _) = tokens(&server.exchange(&code).await.unwrap());
    server.wait(120_000);
    assert!(server.exchange(&code).await.is_err());
    assert!(!server.is_good(&access).await);
}

#[tokio::test]
async fn somebody_who_saw_a_used_code_but_has_no_verifier_ends_nothing() {
    let server = Server::new().await;
    let code = server.code().await;
    let (access, _) = tokens(&server.exchange(&code).await.unwrap());
    for change in
        [("code_verifier", "x"), ("client_id", "client_other"), ("redirect_uri", "https://evil.example/")]
    {
        assert!(server.exchange_with(&code, &[change]).await.is_err());
    }
    assert!(server.is_good(&access).await);
}

#[tokio::test]
async fn a_wrong_redirect_uri_or_client_does_not_use_up_the_code() {
    let server = Server::new().await;
    let code = server.code().await;
    for change in [
        ("redirect_uri", "https://app.example/other"),
        ("redirect_uri", "http://127.0.0.1/callback"),
        ("client_id", "client_other"),
    ] {
        assert_eq!(
            server.exchange_with(&code, &[change]).await.unwrap_err().error,
            "invalid_grant",
            "{change:?}"
        );
    }
    assert!(server.exchange(&code).await.is_ok());
}

#[tokio::test]
async fn of_two_exchanges_at_once_one_gets_tokens() {
    let server = Server::new().await;
    let code = server.code().await;
    let (one, two) = tokio::join!(server.exchange(&code), server.exchange(&code));
    assert_eq!([one.is_ok(), two.is_ok()].into_iter().filter(|good| *good).count(), 1);
}

#[tokio::test]
async fn an_unknown_or_malformed_code_is_an_invalid_grant() {
    let server = Server::new().await;
    let unknown = Secret::mint(Kind::Code, [99; 32]);
    let refresh = Secret::mint(Kind::RefreshToken, [99; 32]);
    for code in [unknown.reveal(), refresh.reveal(), "mfc_short", "x"] {
        let refused = server.exchange(code).await.unwrap_err();
        assert_eq!((refused.error, refused.status()), ("invalid_grant", 400), "{code}");
    }
}

#[test]
fn grants_that_are_not_given_here_are_named() {
    for grant in ["client_credentials", "password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
    {
        let form = form(&[("grant_type", grant), ("client_id", "a")]);
        let refused = TokenRequest::read(&form, None, &issuer()).unwrap_err();
        assert_eq!(refused.error, "unsupported_grant_type");
    }
    assert_eq!(read("client_id=a", None).unwrap_err().error, "invalid_request");
    assert_eq!(read(&by_code(), None).unwrap_err().error, "invalid_request", "without a client");
    let twice = format!("{}client_id=a&client_id=b", by_code());
    assert_eq!(read(&twice, None).unwrap_err().error, "invalid_request");
}

#[test]
fn a_client_that_sends_a_secret_is_not_the_one_it_says_it_is() {
    let with_id = format!("{}client_id=a", by_code());
    for (body, header) in [
        (format!("{with_id}&client_secret=s"), None),
        // "a:s" and "b:" in Base64, and what is none.
        (with_id.clone(), Some("Basic YTpz")),
        (with_id.clone(), Some("Basic Yjo=")),
        (with_id.clone(), Some("Basic %%%")),
        (with_id.clone(), Some("Basic")),
        (with_id.clone(), Some("Bearer YTo=")),
    ] {
        let refused = read(&body, header).unwrap_err();
        assert_eq!((refused.error, refused.status()), ("invalid_client", 401), "{header:?}");
        assert!(refused.challenge().is_some());
    }
}

#[test]
fn a_client_may_name_itself_by_basic_without_a_secret() {
    let read = read(&by_code(), Some("Basic YTo="));
    assert!(read.is_ok(), "{read:?}");
}

#[test]
fn the_body_of_an_error_has_its_name_and_a_sentence() {
    let refused = read("", None).unwrap_err();
    assert_eq!(refused.body()["error"], "invalid_request");
    assert!(refused.body()["error_description"].as_str().unwrap().ends_with('.'));
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn tokens_of_one_server_are_unknown_to_another() {
    let (here, there) = (Server::new().await, Server::new().await);
    let (access, refresh) = here.signed_in().await;
    assert!(here.is_good(&access).await);
    assert!(!there.is_good(&access).await);
    assert!(there.refresh(&refresh).await.is_err());
    assert!(Issuer::parse("https://other.example").unwrap() != issuer());
}
