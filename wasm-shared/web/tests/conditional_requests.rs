//! A caller with a current copy is spared the body.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

/// Names the build, on which every `ETag` depends. Its tests run here: cargo runs none of a build script.
#[path = "../build.rs"]
#[allow(
    dead_code,
    clippy::print_stdout,
    reason = "cargo runs it as a build script, and reads what it prints"
)]
mod build;

use common::{Reply, fetch, get_with};
use platform_native::memory::World;
use proptest::prelude::*;
use web::Validator;

async fn with_copy(path: &str, tags: &[&str]) -> Reply {
    let headers: Vec<_> = tags.iter().map(|tag| ("if-none-match", *tag)).collect();
    get_with(&World::default(), path, &headers).await
}

fn tag(reply: &Reply) -> String {
    reply.header("etag").unwrap().to_owned()
}

#[tokio::test]
async fn a_current_copy_is_confirmed_without_a_body() {
    let first = fetch("/validated?a=1").await;
    assert_eq!((first.status.as_u16(), first.text()), (200, "the whole answer"));
    let tag = tag(&first);
    let again = with_copy("/validated?a=1", &[&tag]).await;
    assert_eq!((again.status.as_u16(), again.text()), (304, ""));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    assert_eq!(again.header("cache-control"), first.header("cache-control"));
    assert!(again.header("x-request-id").is_some());
}

#[tokio::test]
async fn a_copy_is_recognised_however_it_is_named() {
    let tag = tag(&fetch("/validated?a=1").await);
    let strong = tag.trim_start_matches("W/").to_owned();
    let among = format!("\"one\", {tag},\"other\"");
    let spaced = format!("  {strong}  ");
    for named in [tag.as_str(), &strong, &among, &spaced, "*", " * "] {
        assert_eq!(with_copy("/validated?a=1", &[named]).await.status, 304, "{named}");
    }
    assert_eq!(with_copy("/validated?a=1", &["\"one\"", &tag]).await.status, 304, "several lines");
}

#[tokio::test]
async fn another_copy_is_not() {
    let tag = tag(&fetch("/validated?a=1").await);
    let inside = tag.trim_start_matches("W/").trim_matches('"').to_owned();
    let cut = tag[..tag.len() - 3].to_owned() + "\"";
    for named in [inside.as_str(), &cut, "\"\"", "W/\"\"", "", "\"*\"", "junk"] {
        assert_eq!(with_copy("/validated?a=1", &[named]).await.status, 200, "{named}");
    }
    assert_eq!(with_copy("/validated?a=2", &[&tag]).await.status, 200, "another query");
}

#[test]
fn an_answer_of_the_handlers_own_caching_keeps_it() {
    let reply = || axum::response::IntoResponse::into_response(([("cache-control", "max-age=60")], "x"));
    let response = Validator::of(&["a"]).answer(&http::HeaderMap::new(), reply);
    assert_eq!(response.headers()["cache-control"], "max-age=60");
}

#[test]
fn an_answer_that_failed_has_no_validator() {
    let reply = || axum::response::IntoResponse::into_response(http::StatusCode::NOT_FOUND);
    let response = Validator::of(&["a"]).answer(&http::HeaderMap::new(), reply);
    assert!(!response.headers().contains_key("etag"));
}

fn etag(parts: &[String]) -> String {
    let response = Validator::of(parts).answer(&http::HeaderMap::new(), Default::default);
    response.headers()["etag"].to_str().unwrap().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_of_different_parts_have_different_tags(
        a in prop::collection::vec(".{0,4}", 0..4), b in prop::collection::vec(".{0,4}", 0..4),
    ) {
        // Also where the parts run into each other: ["ab", "c"] and ["a", "bc"].
        prop_assert_eq!(a == b, etag(&a) == etag(&b));
    }
}

#[test]
fn where_a_part_ends_counts() {
    let tags = [["ab", "c"], ["a", "bc"], ["abc", ""]].map(|parts| etag(&parts.map(str::to_owned)));
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
}
