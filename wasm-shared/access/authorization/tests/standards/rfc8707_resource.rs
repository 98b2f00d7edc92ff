//! RFC 8707: tokens are for this server and for no other.

use access::{Lookup, Refusal, Secret};
use authorization::{
    Issuer,
    token::{Randomness, TokenRequest},
};

use crate::common::{NOW, Server, check, client, form, issuer, redirected_error};

#[test]
fn the_server_is_known_with_and_without_path_and_slash_and_in_any_case_of_the_host() {
    for resource in [
        "https://mechafil.example",
        "https://mechafil.example/",
        "https://mechafil.example/mcp",
        "https://mechafil.example/mcp/",
        "HTTPS://MechaFil.Example/mcp",
        "https://mechafil.example:443/mcp",
    ] {
        assert!(issuer().is_own_resource(resource), "{resource}");
        assert!(check(&[("resource", resource)]).is_ok(), "{resource}");
    }
}

#[test]
fn other_servers_paths_queries_and_fragments_are_refused() {
    for resource in [
        "https://other.example/mcp",
        "https://mechafil.example.evil.example/mcp",
        "https://mechafil.example@evil.example/mcp",
        "http://mechafil.example/mcp",
        "https://mechafil.example:8443/mcp",
        "https://mechafil.example/other",
        "https://mechafil.example/mcp?x=1",
        "https://mechafil.example/mcp#fragment",
        "mechafil.example",
    ] {
        let refused = check(&[("resource", resource)]).unwrap_err();
        assert_eq!(redirected_error(refused), "invalid_target", "{resource}");
    }
}

#[test]
fn every_one_of_several_resources_has_to_be_this_server() {
    let refused =
        check(&[("resource", "https://mechafil.example/mcp"), ("resource", "https://other.example/")]);
    assert_eq!(redirected_error(refused.unwrap_err()), "invalid_target");
}

#[test]
fn a_client_that_names_no_resource_means_this_server() {
    assert!(check(&[("resource", "")]).is_ok());
}

#[tokio::test]
async fn a_foreign_resource_at_the_exchange_does_not_use_up_the_code() {
    let server = Server::new().await;
    let code = server.code().await;
    let refused =
        server.exchange_with(&code, &[("resource", "https://other.example/mcp")]).await.unwrap_err();
    assert_eq!(refused.error, "invalid_target");
    let more = [("resource", "https://mechafil.example/mcp"), ("resource", "https://other.example/mcp")];
    let refused = server.exchange_with(&code, &more).await.unwrap_err();
    assert_eq!(refused.error, "invalid_target", "this server and another one");
    assert!(server.exchange_with(&code, &[("resource", "")]).await.is_ok(), "and may be left out");
}

#[tokio::test]
async fn a_foreign_resource_at_a_refresh_does_not_rotate_the_token() {
    let server = Server::new().await;
    let (_, refresh) = server.signed_in().await;
    let refused =
        server.refresh_with(&refresh, &[("resource", "https://other.example/mcp")]).await.unwrap_err();
    assert_eq!(refused.error, "invalid_target");
    server.wait(20 * 60_000);
    assert!(server.refresh(&refresh).await.is_ok(), "it is still the newest");
}

#[tokio::test]
async fn a_token_of_another_server_that_has_the_same_database_is_refused() {
    let server = Server::new().await;
    let (access, refresh) = server.signed_in().await;
    let other = Issuer::parse("https://other.example").unwrap();
    let hash = Secret::parse(&access).unwrap().hash();
    let found = server.store().await.find_access_token(&hash).await.unwrap().unwrap();
    assert!(matches!(found.lookup(&issuer(), &server.configured, NOW), Lookup::Known(_)));
    assert_eq!(found.lookup(&other, &server.configured, NOW), Lookup::Refused(Refusal::OtherResource));
    let id = client().id;
    let form = form(&[("grant_type", "refresh_token"), ("client_id", &id), ("refresh_token", &refresh)]);
    let request = TokenRequest::read(&form, None, &other).unwrap();
    let random = Randomness { access: [90; 32], refresh: [91; 32] };
    let refused = server.store().await.redeem(&request, &server.configured, random, NOW).await.unwrap();
    assert_eq!(refused.unwrap_err().error, "invalid_target");
}
