//! A job's events while they happen.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::response::Response;
use futures_util::stream::unfold;
use http::{HeaderValue, StatusCode, header};
use jobs::{Job, JobStore, Kind};
use platform::{OutsideError, Platform};
use web::{
    Problem,
    events::{Bounds, Event, reply},
};

use crate::drain::drive;

/// How often it is looked for events: often while things happen, and less and less often while nothing does.
const FIRST_LOOK: Duration = Duration::from_millis(200);
const LAST_LOOK: Duration = Duration::from_secs(3);
/// Streams that an instance has open at the same time.
const MOST_WATCHERS: usize = 2_000;

/// How many streams this instance has open.
#[derive(Clone, Default)]
struct Watchers(Arc<AtomicUsize>);

/// One of them; counted until it is dropped, as it is when its client goes away.
struct Watcher(Arc<AtomicUsize>);

impl Watcher {
    fn of(platform: &Platform) -> Result<Self, Problem> {
        let watchers = platform.instance().get::<Watchers>().unwrap_or_else(|| {
            let new = Watchers::default();
            platform.instance().set(new.clone());
            new
        });
        let watcher = Self(watchers.0.clone());
        if watchers.0.fetch_add(1, Ordering::Relaxed) < MOST_WATCHERS {
            return Ok(watcher);
        }
        let detail =
            "Too many streams of events are open here. Ask for the job's status, or try again in a moment.";
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "TOO_MANY_STREAMS", detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("10")))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where a stream is.
struct Watch {
    platform: Platform,
    job: String,
    seen: u64,
    found: VecDeque<Event>,
    pause: Duration,
    ended: bool,
    _watcher: Watcher,
}

/// A job's events after those that the client has seen; the stream ends after the last one.
pub(crate) fn events(platform: &Platform, job: &Job, seen: u64) -> Result<Response, Problem> {
    let watch = Watch {
        platform: platform.clone(),
        job: job.id.clone(),
        seen,
        found: VecDeque::new(),
        pause: FIRST_LOOK,
        // Whoever has seen the last event waits for nothing.
        ended: job.status.is_final() && seen >= job.events,
        _watcher: Watcher::of(platform)?,
    };
    Ok(reply(platform, unfold(watch, next), Bounds::default()))
}

async fn next(mut watch: Watch) -> Option<(Event, Watch)> {
    loop {
        if let Some(event) = watch.found.pop_front() {
            watch.seen = event.id.unwrap_or(watch.seen);
            watch.ended = Kind::is_final(&event.event);
            return Some((event, watch));
        }
        if watch.ended {
            return None;
        }
        // A store that does not answer is asked again; the stream's bounds end it.
        watch.found = look(&watch).await.unwrap_or_default();
        if watch.found.is_empty() {
            drive(&watch.platform).await;
            watch.platform.sleep().sleep(watch.pause).await;
            watch.pause = (watch.pause * 3 / 2).min(LAST_LOOK);
        } else {
            watch.pause = FIRST_LOOK;
        }
    }
}

async fn look(watch: &Watch) -> Result<VecDeque<Event>, OutsideError> {
    let store = JobStore::open(&watch.platform).await?;
    let events = store.events(&watch.job, watch.seen).await?;
    let written = events.into_iter().map(|(number, kind, data)| Event {
        id: Some(number),
        event: kind.into(),
        data: serde_json::from_str(&data).unwrap_or_default(),
    });
    Ok(written.collect())
}
