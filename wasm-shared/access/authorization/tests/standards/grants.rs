//! Grants: what an owner sees, what ends them, and what the store holds.

use crate::common::{NOW, Server, audit, client};
use access::{Configured, Kind, Lookup, Refusal, Scopes, Secret, audit::Act};
use platform::Statement;

#[tokio::test]
async fn an_owner_sees_who_holds_access_and_ends_it() {
    let server = Server::new().await;
    let (access, _) = server.signed_in().await;
    let store = server.store().await;
    let grants = store.list("team", None, 10, NOW).await.unwrap().entries;
    let [grant] = grants.as_slice() else { panic!("{grants:?}") };
    assert_eq!((grant.client_name.as_str(), grant.redirect_host.as_str()), ("App", "app.example"));
    assert_eq!((&grant.client_id, grant.key.as_str()), (&client().id, "key_1"));
    assert_eq!(grant.scopes, Scopes::parse("read jobs").unwrap());
    let row = audit(Act::GrantEnded, &grant.id);
    assert!(!store.end_for_owner(&grant.id, "somebody else", &row).await.unwrap());
    assert!(server.is_good(&access).await);
    assert!(store.end_for_owner(&grant.id, "team", &row).await.unwrap());
    assert_eq!(server.presenting(&access).await, Lookup::Refused(Refusal::Revoked));
    assert_eq!(store.list("team", None, 10, NOW).await.unwrap().entries, []);
    assert!(!store.end_for_owner(&grant.id, "team", &row).await.unwrap(), "it is ended already");
    let acts: Vec<_> = server
        .keys()
        .await
        .list_audit(None, 10)
        .await
        .unwrap()
        .entries
        .into_iter()
        .map(|row| row.act)
        .collect();
    assert_eq!(acts, [Act::GrantEnded, Act::GrantCreated, Act::KeyCreated]);
}

#[tokio::test]
async fn a_consent_whose_code_was_not_used_is_no_access_yet() {
    let server = Server::new().await;
    server.code().await;
    assert_eq!(server.store().await.list("team", None, 10, NOW).await.unwrap().entries, []);
}

#[tokio::test]
async fn many_grants_are_listed_in_pages_newest_first() {
    let server = Server::new().await;
    for _ in 0..5 {
        server.signed_in().await;
        server.wait(1);
    }
    let store = server.store().await;
    let (mut before, mut created) = (None, Vec::new());
    loop {
        let page = store.list("team", before, 2, server.now()).await.unwrap();
        created.extend(page.entries.into_iter().map(|grant| grant.created - NOW));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(created, [4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn a_revoked_key_ends_its_tokens_at_once() {
    let server = Server::new().await;
    let (access, refresh) = server.signed_in().await;
    let code = server.code().await;
    server.keys().await.revoke("key_1", &audit(Act::KeyRevoked, "key_1")).await.unwrap();
    assert_eq!(server.presenting(&access).await, Lookup::Refused(Refusal::Revoked));
    assert_eq!(server.refresh(&refresh).await.unwrap_err().error, "invalid_grant");
    assert_eq!(server.exchange(&code).await.unwrap_err().error, "invalid_grant");
}

#[tokio::test]
async fn a_rotated_key_keeps_its_connections() {
    let server = Server::new().await;
    let (access, refresh) = server.signed_in().await;
    let next = Secret::mint(Kind::Key, [2; 32]);
    server.keys().await.rotate("key_1", &next, 0, &audit(Act::KeyRotated, "key_1")).await.unwrap();
    assert!(server.is_good(&access).await);
    assert!(server.refresh(&refresh).await.is_ok());
}

#[tokio::test]
async fn a_key_that_loses_a_scope_takes_it_from_its_tokens() {
    let server = Server::new().await;
    let (access, _) = server.signed_in().await;
    let change =
        access::KeyChange { scopes: Some(Scopes::parse("jobs").unwrap()), ..access::KeyChange::default() };
    server.keys().await.change("key_1", &change, &audit(Act::KeyChanged, "key_1")).await.unwrap();
    let Lookup::Known(caller) = server.presenting(&access).await else { panic!("refused") };
    assert_eq!(caller.scopes.to_string(), "jobs");
}

#[tokio::test]
async fn a_key_of_the_settings_gives_access_until_its_secret_changes() {
    let mut server = Server::new().await;
    let key = Secret::mint(Kind::Key, [1; 32]);
    server.configured = Configured::read(None, Some(&format!("ci:{}", key.reveal())));
    let (access, refresh) = server.signed_in().await;
    let Lookup::Known(caller) = server.presenting(&access).await else { panic!("refused") };
    assert_eq!(caller.owner.as_deref(), Some("env:ci"), "the settings come first");
    server.configured = Configured::read(None, Some("ci:another-secret-of-that-name"));
    assert!(!server.is_good(&access).await);
    assert!(server.refresh(&refresh).await.is_err());
}

#[tokio::test]
async fn the_store_holds_no_key_code_or_token() {
    let server = Server::new().await;
    let code = server.code().await;
    let (access, refresh) = crate::common::tokens(&server.exchange(&code).await.unwrap());
    let (access_2, refresh_2) = crate::common::tokens(&server.refresh(&refresh).await.unwrap());
    let tables = vec![
        Statement::new("SELECT * FROM api_keys", []),
        Statement::new("SELECT * FROM audit", []),
        Statement::new("SELECT * FROM oauth_grants", []),
        Statement::new("SELECT * FROM oauth_codes", []),
        Statement::new("SELECT * FROM oauth_refresh_tokens", []),
        Statement::new("SELECT * FROM oauth_access_tokens", []),
        Statement::new("SELECT * FROM oauth_clients", []),
    ];
    let rows = server.platform.database().run(tables).await.unwrap();
    assert!(rows.iter().all(|table| !table.rows.is_empty()), "every table has something to search");
    let stored = format!("{rows:?}");
    let log = format!("{:?}", server.world.log_lines());
    for secret in [crate::common::key().reveal(), &code, &access, &refresh, &access_2, &refresh_2] {
        assert!(!stored.contains(&secret[4..]) && !log.contains(&secret[4..]), "{secret}");
    }
    assert!(
        stored.contains(&Secret::parse(&access).unwrap().hash().to_string()),
        "the search sees the values"
    );
}

#[tokio::test]
async fn all_instances_have_one_sealing_key() {
    let server = Server::new().await;
    let other = server.world.platform();
    let one = server.store().await.sealing_key([1; 32]).await.unwrap();
    let elsewhere = authorization::store::GrantStore::open(&other).await.unwrap();
    let two = elsewhere.sealing_key([2; 32]).await.unwrap();
    assert_eq!(one.derive("addresses"), two.derive("addresses"), "the first one stays");
    assert_ne!(one.derive("addresses"), one.derive("other"));
    assert_eq!(format!("{one:?}"), "SealingKey(..)");
}

#[tokio::test]
async fn what_is_over_goes_when_something_new_comes() {
    let server = Server::new().await;
    server.signed_in().await;
    server.code().await;
    server.wait(211 * 86_400_000);
    server.signed_in().await;
    let count = |sql| Statement::new(sql, []);
    let counts = server
        .platform
        .database()
        .run(vec![
            count("SELECT count(*) FROM oauth_grants"),
            count("SELECT count(*) FROM oauth_codes"),
            count("SELECT count(*) FROM oauth_access_tokens"),
            count("SELECT count(*) FROM oauth_refresh_tokens"),
        ])
        .await
        .unwrap();
    let counts: Vec<_> = counts.iter().map(|table| table.rows[0][0].as_i64().unwrap()).collect();
    assert_eq!(counts, [1, 1, 1, 1]);
}

/// Unknown ones are counted against the address that sends them, and a host's users share addresses.
#[tokio::test]
async fn a_token_that_ran_out_is_not_taken_for_an_unknown_one_when_others_have_signed_in_since() {
    let server = Server::new().await;
    let (access, _) = server.signed_in().await;
    server.wait(29 * 86_400_000);
    server.signed_in().await;
    assert_eq!(server.presenting(&access).await, Lookup::Refused(Refusal::Expired));
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_an_error_and_not_an_unknown_token() {
    let server = Server::new().await;
    let (access, _) = server.signed_in().await;
    let store = server.store().await;
    server.world.fail(Some("database"));
    assert!(store.find_access_token(&Secret::parse(&access).unwrap().hash()).await.is_err());
    server.world.fail(None);
    assert!(server.is_good(&access).await);
}

#[tokio::test]
async fn who_presents_a_key_or_a_token_is_recognized_and_a_keys_use_is_noted() {
    let server = Server::new().await;
    let (access, _) = server.signed_in().await;
    server.wait(120_000);
    assert!(matches!(server.presenting(crate::common::key().reveal()).await, Lookup::Known(_)));
    let used = server.keys().await.get("key_1").await.unwrap().unwrap().last_used;
    assert_eq!(used, Some(server.now()));
    assert!(server.is_good(&access).await);
    for unknown in [Kind::Key, Kind::AccessToken] {
        let unknown = Secret::mint(unknown, [77; 32]);
        assert_eq!(server.presenting(unknown.reveal()).await, Lookup::Refused(Refusal::Unknown));
    }
    assert_eq!(server.presenting("mfe_mistyped").await, Lookup::Refused(Refusal::Mistyped));
}
