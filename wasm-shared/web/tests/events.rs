//! Replies that tell what happens while it happens, and reading them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use http_body_util::{BodyExt as _, StreamBody};
use platform::{OutsideError, Platform};
use platform_native::memory::World;
use serde_json::json;
use web::events::{Bounds, Event, EventReader, last_event_id, reply};

/// Gives what it holds, and then ends or waits for ever.
struct Given {
    events: VecDeque<Event>,
    ends: bool,
    dropped: Arc<AtomicBool>,
}

impl Stream for Given {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Event>> {
        match self.events.pop_front() {
            None if !self.ends => Poll::Pending,
            event => Poll::Ready(event),
        }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::Relaxed);
    }
}

fn event(id: u64) -> Event {
    Event { id: Some(id), event: "progress".into(), data: json!({ "phase": "a\nb", "of": id }) }
}

fn given(events: impl IntoIterator<Item = Event>, ends: bool) -> Given {
    Given { events: events.into_iter().collect(), ends, dropped: Arc::default() }
}

fn platform() -> Platform {
    World::default().platform()
}

async fn text(body: Body) -> String {
    String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn events_are_sent_with_number_kind_and_data_in_one_line() {
    let response = reply(&platform(), given([event(7)], true), Bounds::default());
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(
        text(response.into_body()).await,
        "retry: 2000\n\nid: 7\nevent: progress\ndata: {\"of\":7,\"phase\":\"a\\nb\"}\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_every_fifteen_seconds_that_it_is_there_and_ends_at_its_bound() {
    let bounds = Bounds { time: Duration::from_secs(50), events: 10 };
    let sent = text(reply(&platform(), given([event(1)], false), bounds).into_body()).await;
    assert_eq!(sent.matches("id: 1\n").count(), 1);
    assert_eq!(sent.matches(": still here\n\n").count(), 3, "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_after_its_bound_of_events() {
    let bounds = Bounds { events: 3, ..Bounds::default() };
    let sent = text(reply(&platform(), given((1..=5).map(event), false), bounds).into_body()).await;
    assert_eq!(sent.matches("event: ").count(), 3);
}

#[tokio::test]
async fn an_event_goes_out_before_the_next_is_there_and_a_client_that_left_ends_the_work() {
    let events = given([event(1)], false);
    let dropped = Arc::clone(&events.dropped);
    let mut body = reply(&platform(), events, Bounds::default()).into_body();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.push(body.frame().await.unwrap().unwrap().into_data().unwrap());
    }
    assert!(seen[1].starts_with(b"id: 1\n"));
    assert!(!dropped.load(Ordering::Relaxed));
    drop(body);
    assert!(dropped.load(Ordering::Relaxed));
}

#[tokio::test]
async fn the_kind_of_an_event_cannot_add_lines() {
    let strange = Event { id: None, event: "a\ndata: forged\r\n".into(), data: json!(1) };
    let sent = text(reply(&platform(), given([strange], true), Bounds::default()).into_body()).await;
    assert_eq!(sent, "retry: 2000\n\nevent: adata: forged\ndata: 1\n\n");
}

#[test]
fn a_client_that_comes_back_says_what_it_saw() {
    let headers =
        |value: &str| HeaderMap::from_iter([("last-event-id".parse().unwrap(), value.parse().unwrap())]);
    assert_eq!(last_event_id(&headers("41")), Some(41));
    for none in ["", "x", "-1", "99999999999999999999"] {
        assert_eq!(last_event_id(&headers(none)), None, "{none}");
    }
    assert_eq!(last_event_id(&HeaderMap::new()), None);
}

/// A body that comes in these pieces.
struct Pieces(VecDeque<&'static [u8]>);

impl Stream for Pieces {
    type Item = Result<http_body::Frame<Bytes>, OutsideError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(|piece| match piece {
            b"cut" => Err(OutsideError::new("http client", "the connection was cut")),
            piece => Ok(http_body::Frame::data(Bytes::from_static(piece))),
        }))
    }
}

fn reader(pieces: &[&'static [u8]], largest: usize) -> EventReader {
    EventReader::new(Body::new(StreamBody::new(Pieces(pieces.iter().copied().collect()))), largest)
}

#[tokio::test]
async fn events_are_read_whole_however_they_are_cut_on_the_way() {
    let pieces: [&[u8]; 6] = [
        b": hello\n\nid: 1\neve",
        b"nt: del",
        b"ta\r\nda",
        b"ta: \xc3",
        b"\xbc\r\n\r",
        b"\ndata: two\ndata: lines\n\ndata: cut off",
    ];
    let mut reader = reader(&pieces, 1_000);
    let first = reader.next().await.unwrap().unwrap();
    assert_eq!(
        (first.id.as_deref(), first.event.as_deref(), first.data.as_deref()),
        (Some("1"), Some("delta"), Some("ü"))
    );
    assert_eq!(reader.next().await.unwrap().unwrap().data.as_deref(), Some("two\nlines"));
    assert!(reader.next().await.is_none(), "an event that was not finished is none");
}

#[tokio::test]
async fn what_is_written_can_be_read() {
    let response = reply(&platform(), given((1..=3).map(event), true), Bounds::default());
    let mut reader = EventReader::new(response.into_body(), 1_000);
    for id in 1..=3_u64 {
        let read = loop {
            let read = reader.next().await.unwrap().unwrap();
            if read.data.is_some() {
                break read;
            }
        };
        assert_eq!((read.id, read.event.as_deref()), (Some(id.to_string()), Some("progress")));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&read.data.unwrap()).unwrap(), event(id).data);
    }
}

#[tokio::test]
async fn an_event_that_never_ends_and_a_reply_that_is_cut_are_errors() {
    let mut endless = reader(&[b"data: ok\n\n", b"data: aaaaaaaaaa", b"aaaaaaaaaa", b"aaaaaaaaaa"], 30);
    assert!(endless.next().await.unwrap().is_ok());
    assert_eq!(endless.next().await.unwrap().unwrap_err().reason, "an event is larger than 30 bytes");
    let mut cut = reader(&[b"data: a\n", b"cut"], 1_000);
    assert!(cut.next().await.unwrap().unwrap_err().reason.contains("cut"));
}
