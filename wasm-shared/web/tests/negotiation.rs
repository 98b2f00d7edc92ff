//! In which form a table is answered.

mod common;

use axum::body::Body;
use common::{Reply, get_with, request, send};
use http::{HeaderValue, Method};
use platform_native::memory::World;

async fn accepting(accept: &str) -> Reply {
    get_with(&World::default(), "/table", &[("accept", accept)]).await
}

#[tokio::test]
async fn the_form_that_the_caller_likes_best_is_given() {
    for (accept, form) in [
        ("application/json", "Json"),
        ("text/csv", "Csv"),
        ("Text/CSV", "Csv"),
        ("*/*", "Json"),
        ("application/*", "Json"),
        ("text/*", "Csv"),
        ("text/csv, application/json", "Csv"),
        ("application/json, text/csv", "Json"),
        ("text/csv;q=0.5, application/json;q=0.9", "Json"),
        ("application/json;q=0.5, text/csv", "Csv"),
        ("*/*;q=0.1, text/csv", "Csv"),
        ("application/json;q=0, */*", "Csv"),
        ("text/csv;q=0, */*;q=0.1", "Json"),
        // Parameters that change nothing.
        ("application/json; charset=utf-8", "Json"),
        ("text/csv;charset=utf-8", "Csv"),
        ("text/csv; header=present; q=0.4, application/json;q=0.3", "Csv"),
        // What browsers and Java send.
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", "Json"),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "Json"),
        ("", "Json"),
        (" ", "Json"),
        (", ,text/csv,", "Csv"),
    ] {
        let reply = accepting(accept).await;
        assert_eq!((reply.status.as_u16(), reply.text()), (200, form), "{accept:?}");
    }
}

#[tokio::test]
async fn no_wish_is_json() {
    assert_eq!(get_with(&World::default(), "/table", &[]).await.text(), "Json");
}

#[tokio::test]
async fn wishes_on_several_lines_are_one_list() {
    let lines = [("accept", "text/html"), ("accept", "text/csv;q=0.5"), ("accept", "application/json;q=0.1")];
    assert_eq!(get_with(&World::default(), "/table", &lines).await.text(), "Csv");
}

#[tokio::test]
async fn a_form_that_there_is_not_is_refused_with_those_that_there_are() {
    for accept in
        ["text/html", "application/xml;q=0.9", "application/json;q=0", "image/*", "junk", "text", ";;;"]
    {
        let reply = accepting(accept).await;
        assert_eq!(reply.refused(406), "NOT_ACCEPTABLE", "{accept:?}");
        let detail = reply.problem()["detail"].to_string();
        assert!(detail.contains("application/json") && detail.contains("text/csv"), "{detail}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_wish() {
    let mut request = request(Method::GET, "/table", &[], Body::empty());
    request.headers_mut().insert("accept", HeaderValue::from_bytes(b"text/csv\xff").expect("opaque bytes"));
    assert_eq!(send(&World::default(), request).await.text(), "Json");
}
