//! RFC 7009: clients give tokens back.

use crate::common::{Server, client};
use access::{Kind, Secret};
use authorization::{Params, revocation::RevocationRequest};

#[tokio::test]
async fn a_revoked_access_token_ends_alone() {
    let server = Server::new().await;
    let (access, refresh) = server.signed_in().await;
    server.revoke(&client().id, &access).await;
    assert!(!server.is_good(&access).await);
    assert!(server.refresh(&refresh).await.is_ok());
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_the_grant() {
    let server = Server::new().await;
    let (access, refresh) = server.signed_in().await;
    server.revoke(&client().id, &refresh).await;
    assert!(!server.is_good(&access).await);
    assert!(server.refresh(&refresh).await.is_err());
}

#[tokio::test]
async fn another_clients_revocation_changes_nothing() {
    let server = Server::new().await;
    let (access, refresh) = server.signed_in().await;
    server.revoke("client_other", &access).await;
    server.revoke("client_other", &refresh).await;
    assert!(server.is_good(&access).await);
    assert!(server.refresh(&refresh).await.is_ok());
}

#[tokio::test]
async fn an_unknown_token_a_key_and_nonsense_are_answered_like_any_other() {
    let server = Server::new().await;
    for token in [
        Secret::mint(Kind::AccessToken, [9; 32]).reveal(),
        crate::common::key().reveal(),
        "nonsense",
        "mfa_x",
    ] {
        server.revoke(&client().id, token).await;
    }
    assert!(server.is_good(crate::common::key().reveal()).await, "a client cannot revoke the key itself");
}

#[test]
fn a_request_names_its_token_and_its_client_once() {
    for text in ["client_id=a", "token=a", "client_id=a&token=b&token=c"] {
        let refused = RevocationRequest::read(&Params::parse(text), None).unwrap_err();
        assert_eq!(refused.error, "invalid_request", "{text}");
    }
    let secret = RevocationRequest::read(&Params::parse("client_id=a&client_secret=b&token=c"), None);
    assert_eq!(secret.unwrap_err().status(), 401);
    let hinted = "client_id=a&token=b&token_type_hint=access_token";
    assert!(RevocationRequest::read(&Params::parse(hinted), None).is_ok());
}
