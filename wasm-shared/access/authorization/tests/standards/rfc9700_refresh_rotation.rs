//! RFC 9700, section 4.14: refresh tokens are rotated, and a stolen one is noticed.

use crate::common::{Server, tokens};

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

async fn refreshed(server: &Server, token: &str) -> (String, String) {
    tokens(&server.refresh(token).await.unwrap())
}

#[tokio::test]
async fn a_refresh_gives_two_new_tokens() {
    let server = Server::new().await;
    let (access, refresh) = server.signed_in().await;
    let (access_2, refresh_2) = refreshed(&server, &refresh).await;
    assert!(access != access_2 && refresh != refresh_2);
    assert!(server.is_good(&access_2).await);
    assert!(server.is_good(&access).await, "the former access token runs out by itself");
}

#[tokio::test]
async fn the_former_token_is_good_while_the_new_one_is_not_used_for_ten_minutes() {
    let server = Server::new().await;
    let (_, first) = server.signed_in().await;
    refreshed(&server, &first).await;
    server.wait(10 * MINUTE - 1);
    let (access, second) = refreshed(&server, &first).await;
    assert!(server.is_good(&access).await, "the answer of the first refresh may have been lost");
    server.wait(1);
    assert!(server.refresh(&first).await.is_err());
    assert!(
        !server.is_good(&access).await,
        "a token kept for longer is taken for stolen, and ends the grant"
    );
    assert!(server.refresh(&second).await.is_err());
}

#[tokio::test]
async fn the_first_use_of_the_new_token_ends_the_former_one() {
    let server = Server::new().await;
    let (_, first) = server.signed_in().await;
    let (_, second) = refreshed(&server, &first).await;
    let (access, third) = refreshed(&server, &second).await;
    assert_eq!(server.refresh(&first).await.unwrap_err().error, "invalid_grant");
    assert!(!server.is_good(&access).await, "reuse ends the grant");
    assert!(server.refresh(&third).await.is_err());
}

#[tokio::test]
async fn refreshes_at_once_from_several_places_all_give_tokens_that_work() {
    let server = Server::new().await;
    let (_, first) = server.signed_in().await;
    let (one, two, three) =
        tokio::join!(server.refresh(&first), server.refresh(&first), server.refresh(&first));
    let all: Vec<_> = [one, two, three].into_iter().map(|body| tokens(&body.unwrap())).collect();
    for (access, _) in &all {
        assert!(server.is_good(access).await);
    }
    // Whichever of them the client keeps goes on.
    let (access, _) = refreshed(&server, &all[1].1).await;
    assert!(server.is_good(&access).await);
    let (access, _) = refreshed(&server, &all[2].1).await;
    assert!(server.is_good(&access).await, "a sibling is the former one for ten minutes more");
}

#[tokio::test]
async fn a_thief_and_the_client_who_both_go_on_end_the_grant() {
    let server = Server::new().await;
    let (_, first) = server.signed_in().await;
    let (_, thiefs) = refreshed(&server, &first).await;
    let (_, clients) = refreshed(&server, &first).await;
    let (thiefs_access, _) = refreshed(&server, &thiefs).await;
    server.wait(11 * MINUTE);
    assert!(server.refresh(&clients).await.is_err());
    assert!(!server.is_good(&thiefs_access).await);
}

#[tokio::test]
async fn a_refresh_token_slides_by_thirty_days_and_a_grant_lasts_180() {
    let server = Server::new().await;
    let (_, mut token) = server.signed_in().await;
    for _ in 0..6 {
        server.wait(29 * DAY);
        (_, token) = refreshed(&server, &token).await;
    }
    server.wait(7 * DAY);
    assert_eq!(server.refresh(&token).await.unwrap_err().error, "invalid_grant", "181 days");
}

#[tokio::test]
async fn a_refresh_token_that_nobody_used_for_thirty_days_is_over() {
    let server = Server::new().await;
    let (_, token) = server.signed_in().await;
    server.wait(30 * DAY);
    let refused = server.refresh(&token).await.unwrap_err();
    assert_eq!(
        (refused.error, refused.status()),
        ("invalid_grant", 400),
        "not 401, which hosts do not understand"
    );
}

#[tokio::test]
async fn a_refresh_may_ask_for_fewer_scopes_and_not_for_more() {
    let server = Server::new().await;
    let (_, token) = server.signed_in().await;
    for more in ["read models", "admin", "nonsense"] {
        let refused = server.refresh_with(&token, &[("scope", more)]).await.unwrap_err();
        assert_eq!(refused.error, "invalid_scope", "{more}");
    }
    let narrow = server.refresh_with(&token, &[("scope", "read offline_access")]).await.unwrap();
    assert_eq!(narrow["scope"], "read");
    let (_, token) = tokens(&narrow);
    let wide = server.refresh(&token).await.unwrap();
    assert_eq!(wide["scope"], "read jobs", "the grant was not narrowed");
}

#[tokio::test]
async fn another_client_cannot_refresh_and_its_attempt_changes_nothing() {
    let server = Server::new().await;
    let (_, token) = server.signed_in().await;
    let refused = server.refresh_with(&token, &[("client_id", "client_other")]).await.unwrap_err();
    assert_eq!(refused.error, "invalid_grant");
    server.wait(20 * MINUTE);
    assert!(server.refresh(&token).await.is_ok());
}

#[tokio::test]
async fn an_access_token_does_not_refresh() {
    let server = Server::new().await;
    let (access, _) = server.signed_in().await;
    assert_eq!(server.refresh(&access).await.unwrap_err().error, "invalid_grant");
}

#[tokio::test]
async fn what_only_begins_like_an_old_token_ends_nothing() {
    let server = Server::new().await;
    let (_, first) = server.signed_in().await;
    let (_, second) = refreshed(&server, &first).await;
    let (access, third) = refreshed(&server, &second).await;
    // The token itself, two generations old, would end the grant.
    let other = if first.ends_with('x') { 'y' } else { 'x' };
    let begins = &first[..first.len() - 1];
    for forged in
        [format!("{begins}{other}"), begins.to_owned(), format!("{first}{other}"), first[..20].to_owned()]
    {
        let refused = server.refresh(&forged).await.unwrap_err();
        assert_eq!(refused.error, "invalid_grant", "{forged}");
    }
    assert!(server.is_good(&access).await);
    assert!(server.refresh(&third).await.is_ok());
}
