//! Which pages may call, and what their scripts may read.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use axum::body::Body;
use common::{Reply, get_with, request, send};
use http::Method;
use platform_native::memory::World;

fn allowing(origins: &str) -> World {
    World::default().with_variable("CORS_ORIGINS", origins)
}

async fn from(world: &World, origin: &str) -> Reply {
    get_with(world, "/thing", &[("origin", origin)]).await
}

async fn preflight(world: &World, path: &str, origin: &str) -> Reply {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,authorization,mcp-session-id"),
    ];
    send(world, request(Method::OPTIONS, path, &headers, Body::empty())).await
}

fn allowed(reply: &Reply) -> Option<&str> {
    reply.header("access-control-allow-origin")
}

#[tokio::test]
async fn by_default_any_page_may_read() {
    for world in [World::default(), allowing("*"), allowing(" * ")] {
        let reply = from(&world, "https://anywhere.example").await;
        assert_eq!((reply.status.as_u16(), allowed(&reply)), (200, Some("*")));
    }
}

#[tokio::test]
async fn with_a_list_only_its_pages_may_read() {
    let world = allowing("https://a.example, https://b.example:8443/,http://localhost:3000");
    for origin in ["https://a.example", "https://b.example:8443", "http://localhost:3000"] {
        assert_eq!(allowed(&from(&world, origin).await), Some(origin));
        assert_eq!(allowed(&preflight(&world, "/object", origin).await), Some(origin));
    }
    for origin in
        ["https://a.example.evil", "http://a.example", "https://b.example", "null", "https://c.example"]
    {
        let reply = from(&world, origin).await;
        assert_eq!((reply.status.as_u16(), allowed(&reply)), (200, None), "{origin}");
        assert_eq!(allowed(&preflight(&world, "/object", origin).await), None, "{origin}");
    }
}

#[tokio::test]
async fn a_star_among_others_opens_for_all_instead_of_breaking_every_answer() {
    let reply = from(&allowing("https://a.example, *"), "https://b.example").await;
    assert_eq!((reply.status.as_u16(), allowed(&reply)), (200, Some("*")));
}

#[tokio::test]
async fn a_list_that_names_nobody_lets_nobody_read() {
    for list in [",", "https://a.example\u{7f}"] {
        let reply = from(&allowing(list), "https://a.example").await;
        assert_eq!((reply.status.as_u16(), allowed(&reply)), (200, None), "{list:?}");
    }
}

#[tokio::test]
async fn caches_keep_the_answers_for_different_pages_apart() {
    let world = allowing("https://a.example");
    for reply in [from(&world, "https://a.example").await, from(&world, "https://c.example").await] {
        assert!(reply.header("vary").unwrap().to_lowercase().contains("origin"));
    }
}

#[tokio::test]
async fn a_preflight_is_answered_for_every_path_and_method() {
    for path in ["/thing", "/object", "/object/", "/operator", "/item/x"] {
        let reply = preflight(&World::default(), path, "https://a.example").await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.body.is_empty());
        let methods = reply.header("access-control-allow-methods").unwrap();
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
            assert!(methods.split(',').any(|listed| listed.trim() == method), "{method} in {methods}");
        }
        let headers = reply.header("access-control-allow-headers").unwrap();
        for header in ["content-type", "authorization", "mcp-session-id"] {
            assert!(headers.contains(header), "{header} in {headers}");
        }
        assert_eq!(reply.header("access-control-max-age"), Some("86400"));
    }
}

#[tokio::test]
async fn options_works_without_a_page_behind_it() {
    let reply = send(&World::default(), request(Method::OPTIONS, "/thing", &[], Body::empty())).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn scripts_may_read_limits_ids_and_the_protocols_headers() {
    let reply = from(&World::default(), "https://a.example").await;
    let exposed = reply.header("access-control-expose-headers").unwrap().to_lowercase();
    for header in [
        "x-request-id",
        "etag",
        "retry-after",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "mcp-session-id",
        "mcp-protocol-version",
    ] {
        assert!(exposed.split(',').any(|listed| listed.trim() == header), "{header} in {exposed}");
    }
    assert_eq!(reply.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn problems_can_be_read_by_pages_too() {
    let world = World::default();
    for path in ["/nothing", "/broken", "/operator"] {
        assert_eq!(
            allowed(&get_with(&world, path, &[("origin", "https://a.example")]).await),
            Some("*"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn where_the_list_cannot_be_read_everybody_but_other_pages_is_served() {
    let world = allowing("*");
    world.fail(Some("config"));
    let reply = from(&world, "https://a.example").await;
    assert_eq!((reply.status.as_u16(), allowed(&reply)), (200, None));
    assert!(world.log_lines()[0]["message"].as_str().unwrap().contains("CORS_ORIGINS"));
}
