//! Servers that send too much, nothing, or something else.

use axum::{
    body::{Body, Bytes},
    response::IntoResponse as _,
};
use http::header::{CONTENT_TYPE, LOCATION};
use mcp_client::{Call, Error, Ignore};
use serde_json::{Value, json};

use crate::common::{ANYTHING, Double, Seen, client, events, json_reply, now, platform, stateless};

async fn called(
    answer: impl Fn(Seen) -> std::pin::Pin<Box<dyn Future<Output = axum::response::Response> + Send>>
    + Send
    + Sync
    + 'static,
) -> Error {
    let double = Double::new(stateless(answer)).await;
    let (platform, endpoint) = (platform(), double.endpoint());
    let client = client(&platform, &endpoint, &ANYTHING);
    let session = client.connect().await.unwrap();
    client.call(&session, Call { name: "t", ..Call::default() }, &mut Ignore).await.unwrap_err()
}

/// A body that goes on and on.
fn endless(piece: &'static str) -> Body {
    struct Endless(&'static str);
    impl http_body::Body for Endless {
        type Data = Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(self.0.as_bytes())))))
        }
    }
    Body::new(Endless(piece))
}

#[tokio::test]
async fn an_answer_without_end_is_read_up_to_a_bound() {
    let json = called(|_| now(([(CONTENT_TYPE, "application/json")], endless("        ")))).await;
    assert!(matches!(json, Error::TooMuch(_)), "{json}");
    let event = called(|_| now(([(CONTENT_TYPE, "text/event-stream")], endless("data: aaaaaaaa\n")))).await;
    assert!(matches!(event, Error::TooMuch(_)), "{event}");
}

#[tokio::test]
async fn a_flood_of_notifications_ends_the_call() {
    let flood = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n";
    let why = called(move |_| now(([(CONTENT_TYPE, "text/event-stream")], endless(flood)))).await;
    assert!(matches!(why, Error::TooMuch(_)), "{why}");
}

#[tokio::test]
async fn a_stream_without_an_answer_is_an_error_where_it_cannot_be_taken_up() {
    let why = called(|_| events("id: 1\ndata: \n\n")).await;
    assert!(matches!(why, Error::Unreachable(_)), "{why}");
}

#[tokio::test]
async fn an_answer_that_is_none_of_the_protocol_is_named_so() {
    for (kind, body) in [
        ("text/html", "<h1>Welcome</h1>"),
        ("application/json", "<h1>Welcome</h1>"),
        ("application/json", "{}"),
        ("application/json", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
    ] {
        let why = called(move |_| now(([(CONTENT_TYPE, kind)], body))).await;
        assert!(matches!(why, Error::Malformed(_)), "{kind} {body}: {why}");
    }
    let lie = called(|seen| json_reply(&seen.result(json!({ "content": [{ "type": "hologram" }] })))).await;
    assert!(matches!(lie, Error::Malformed(_)), "{lie}");
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    for target in
        ["http://169.254.169.254/latest/meta-data", "https://10.0.0.1/mcp", "http://[::ffff:10.0.0.1]/"]
    {
        for status in [302_u16, 307, 308] {
            let why = called(move |_| {
                now((http::StatusCode::from_u16(status).unwrap(), [(LOCATION, target)]).into_response())
            })
            .await;
            assert!(matches!(why, Error::Redirect(_)), "{status} {target}: {why}");
        }
    }
}

#[tokio::test]
async fn redirects_end_and_take_no_credential_to_another_origin() {
    let circle = called(|seen| {
        now((http::StatusCode::TEMPORARY_REDIRECT, [(LOCATION, format!("{}x", seen.path))]).into_response())
    })
    .await;
    assert_eq!(circle, Error::Redirects);

    let other = Double::new(|seen| json_reply(&seen.result(json!({})))).await;
    let elsewhere = other.url.clone();
    let double = Double::new(move |_| {
        now((http::StatusCode::TEMPORARY_REDIRECT, [(LOCATION, elsewhere.clone())]).into_response())
    })
    .await;
    let (platform, mut endpoint) = (platform(), double.endpoint());
    endpoint.headers.insert("authorization", "Bearer secret".parse().unwrap());
    let why = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap_err();
    assert_eq!((why, other.seen().len()), (Error::Redirects, 0));
}

#[tokio::test]
async fn a_list_is_bounded_in_pages_and_entries_and_has_no_tool_that_may_not_be_called() {
    let listing = |answer: fn(&Value) -> Value| async move {
        let double =
            Double::new(stateless(move |seen| json_reply(&seen.result(answer(&seen.body["params"]))))).await;
        let (platform, endpoint) = (platform(), double.endpoint());
        let client = client(&platform, &endpoint, &ANYTHING);
        let session = client.connect().await.unwrap();
        client.tools(&session).await
    };
    let endless = listing(|_| json!({ "tools": [], "nextCursor": "more" })).await;
    assert!(matches!(endless, Err(Error::TooMuch(_))), "{endless:?}");
    let many = listing(|_| {
        let tool = |number| json!({ "name": format!("t{number}"), "inputSchema": { "type": "object" } });
        json!({ "tools": (0..11).map(tool).collect::<Vec<_>>() })
    })
    .await;
    assert!(matches!(many, Err(Error::TooMuch(_))), "{many:?}");
    let mixed = listing(|_| {
        json!({ "tools": [
            { "name": "good", "inputSchema": { "type": "object" } },
            { "name": "good", "inputSchema": { "type": "object" } },
            { "name": "no schema" },
            { "name": "headers", "inputSchema": { "properties": { "a": { "type": "number", "x-mcp-header": "A" } } } },
        ] })
    })
    .await
    .unwrap();
    assert_eq!((mixed.entries.len(), mixed.left_out.len()), (1, 3), "{:?}", mixed.left_out);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_so() {
    let url = Double::new(|_| now(())).await.url.clone();
    let endpoint = mcp_client::Endpoint::new(
        outbound::PublicUrl::from_user(&url, outbound::Development::Loopback).unwrap(),
    );
    let platform = platform();
    let why = client(&platform, &endpoint, &ANYTHING).connect().await.unwrap_err();
    assert!(matches!(why, Error::Unreachable(_)), "{why}");
}
