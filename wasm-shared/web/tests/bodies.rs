//! What a body may be, and what is said of one that may not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use common::{request, send, send_json};
use http::Method;
use http_body::{Body as HttpBody, Frame};
use platform_native::memory::World;
use serde_json::json;

/// A body that comes piece by piece, and says nothing of its length before.
struct Pieces(Vec<io::Result<Bytes>>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let pieces = &mut self.get_mut().0;
        Poll::Ready((!pieces.is_empty()).then(|| pieces.remove(0).map(Frame::data)))
    }
}

fn pieces(count: usize, size: usize) -> Body {
    Body::new(Pieces((0..count).map(|_| Ok(Bytes::from(vec![b' '; size]))).collect()))
}

async fn typed(content_type: Option<&str>, body: &'static str) -> u16 {
    let headers: Vec<_> = content_type.map(|value| ("content-type", value)).into_iter().collect();
    send(&World::default(), request(Method::POST, "/object", &headers, body)).await.status.as_u16()
}

#[tokio::test]
async fn json_under_any_of_its_names_and_under_none_is_read() {
    for content_type in [
        None,
        Some("application/json"),
        Some("Application/JSON"),
        Some("application/json; charset=utf-8"),
        Some("application/json;charset=UTF-8"),
        Some(" application/json "),
        Some("application/vnd.api+json"),
    ] {
        assert_eq!(typed(content_type, "{}").await, 200, "{content_type:?}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_refused_with_the_right_header_named() {
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonp", "json", ""]
    {
        assert_eq!(typed(Some(content_type), "{}").await, 415, "{content_type}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = send(&World::default(), request(Method::POST, "/object", &form, "rbp=4")).await;
    assert_eq!(reply.refused(415), "UNSUPPORTED_MEDIA_TYPE");
    assert!(reply.problem()["detail"].as_str().unwrap().contains("Content-Type: application/json"));
}

#[tokio::test]
async fn no_body_is_an_empty_object_whatever_its_type() {
    for content_type in [None, Some("application/json"), Some("text/plain")] {
        assert_eq!(typed(content_type, "").await, 200, "{content_type:?}");
    }
    assert_eq!(send_json("/object", " \r\n\t").await.json(), json!({}));
}

#[tokio::test]
async fn what_is_json_but_no_object_is_told_so_in_a_sentence() {
    for body in ["[]", "[{\"rbp\": 4}]", "null", "true", "4", "\"text\""] {
        let reply = send_json("/object", body).await;
        assert_eq!(reply.refused(422), "INVALID_REQUEST", "{body}");
        let problem = reply.problem();
        assert!(
            problem["detail"].as_str().unwrap().starts_with("The body must be a JSON object"),
            "{problem}"
        );
        assert_eq!(problem["errors"][0]["pointer"], "");
    }
}

#[tokio::test]
async fn what_is_no_json_is_malformed_and_says_where() {
    let deep = "{\"a\":".to_owned() + &"[".repeat(100_000);
    let deep_and_closed = "{\"a\":".to_owned() + &"[".repeat(200) + &"]".repeat(200) + "}";
    for body in [
        "{",
        "}",
        "[1,",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":1e400}",
        "{\"a\":01}",
        "{\"a\":1} x",
        "{}{}",
        "\u{feff}{}",
        "nul",
        "{\"a\":\"\u{1}\"}",
        &deep,
        &deep_and_closed,
    ] {
        let reply = send_json("/object", body.to_owned()).await;
        assert_eq!(reply.refused(400), "MALFORMED_JSON", "{}", &body[..body.len().min(20)]);
        let problem = reply.problem();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("line 1") || detail.contains("more than 8 levels deep"), "{detail}");
    }
    assert_eq!(send_json("/object", vec![b'{', 0xff, b'}']).await.refused(400), "MALFORMED_JSON");
}

#[tokio::test]
async fn numbers_arrive_in_every_digit() {
    let body = r#"{"a":0.1,"b":5e-324,"c":1.7976931348623157e308,"d":-0.0,"e":0.30000000000000004}"#;
    assert_eq!(send_json("/object", body).await.text(), body.replace("e308", "e+308"));
}

#[tokio::test]
async fn a_name_given_twice_is_refused_because_nobody_knows_which_was_meant() {
    let reply =
        send_json("/object", r#"{"rbp": 4, "a/b~": 1, "rbp": 40, "a/b~": 1, "rr": 1, "rbp": 5}"#).await;
    assert_eq!(reply.refused(422), "INVALID_REQUEST");
    let problem = reply.problem();
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/rbp", "/a~1b~0"]);
    assert_eq!(send_json("/object", r#"{"a": {"b": 1}, "b": 2}"#).await.status, 200);
    let deeper = send_json("/object", r#"{"a": [{"b": 1, "b": 2}]}"#).await;
    assert_eq!(deeper.problem()["errors"][0]["pointer"], "/a/0/b");
}

#[tokio::test]
async fn a_mebibyte_is_read_and_a_byte_more_is_not() {
    for (size, status) in [(web::LARGEST_BODY, 200), (web::LARGEST_BODY + 1, 413)] {
        // Told beforehand by its length, or found out on the way.
        let whole = send_json("/bytes", vec![b' '; size]).await;
        assert_eq!(whole.status, status, "{size}");
        let length = size.to_string();
        let headers = [("content-type", "application/json"), ("content-length", length.as_str())];
        let told = send(&World::default(), request(Method::POST, "/bytes", &headers, vec![b' '; size])).await;
        assert_eq!(told.status, status, "{size}");
        let streamed = send_json("/bytes", Body::new(Pieces(vec![Ok(Bytes::from(vec![b' '; size]))]))).await;
        assert_eq!(streamed.status, status, "{size}");
    }
    assert_eq!(send_json("/bytes", pieces(64, 1 << 14)).await.status, 200);
    let reply = send_json("/bytes", pieces(65, 1 << 14)).await;
    assert_eq!(reply.refused(413), "BODY_TOO_LARGE");
    assert!(reply.problem()["detail"].as_str().unwrap().contains("1 MiB"));
}

#[tokio::test]
async fn a_body_announced_as_too_large_is_not_waited_for() {
    struct Never;
    impl HttpBody for Never {
        type Data = Bytes;
        type Error = io::Error;
        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
            panic!("the body was read");
        }
    }
    let headers = [("content-length", "99999999999999999999"), ("content-type", "application/json")];
    let headers_in_range = [("content-length", "1048577"), ("content-type", "application/json")];
    let reply =
        send(&World::default(), request(Method::POST, "/bytes", &headers_in_range, Body::new(Never))).await;
    assert_eq!(reply.refused(413), "BODY_TOO_LARGE");
    // A length that no number holds says nothing; what comes is counted.
    let reply = send(&World::default(), request(Method::POST, "/bytes", &headers, "{}")).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_called_too_large() {
    let broken = vec![Ok(Bytes::from_static(b"{\"rbp\":")), Err(io::Error::other("connection reset"))];
    let reply = send_json("/object", Body::new(Pieces(broken))).await;
    assert_eq!(reply.refused(400), "BODY_UNREADABLE");
}

#[tokio::test]
async fn a_compressed_body_is_refused_instead_of_read_as_it_is() {
    for (encoding, status) in
        [("gzip", 415), ("br", 415), ("identity, gzip", 415), ("identity", 200), ("Identity", 200)]
    {
        let headers = [("content-type", "application/json"), ("content-encoding", encoding)];
        let reply = send(&World::default(), request(Method::POST, "/object", &headers, "{}")).await;
        assert_eq!(reply.status, status, "{encoding}");
    }
    let reply =
        send(&World::default(), request(Method::POST, "/object", &[("content-encoding", "gzip")], "x")).await;
    assert_eq!(reply.refused(415), "CONTENT_ENCODING_UNSUPPORTED");
}
