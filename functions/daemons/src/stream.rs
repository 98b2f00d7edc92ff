//! An owner's events while they happen.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::response::Response;
use daemons::{DaemonStore, Rules};
use futures_util::stream::unfold;
use http::{HeaderValue, StatusCode, header};
use platform::{OutsideError, Platform};
use web::{
    Problem,
    events::{Bounds, Event, reply},
};

use crate::response::Told;

/// How often it is looked for events: often while things happen, and less and less often while nothing does.
const FIRST_LOOK: Duration = Duration::from_millis(200);
const LAST_LOOK: Duration = Duration::from_secs(3);
/// Streams that an instance has open at the same time.
const MOST_WATCHERS: usize = 2_000;
/// Rows that are read at once; each may have an answer of 10,000 characters.
const AT_ONCE: u32 = 50;

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
            "Too many streams of events are open here. Ask GET /events/recent, or try again in a moment.";
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
    owner: String,
    rules: Rules,
    seen: u64,
    found: VecDeque<Event>,
    pause: Duration,
    _watcher: Watcher,
}

/// An owner's events after those that the client has seen, at most so many.
pub(crate) fn events(
    platform: &Platform,
    owner: String,
    rules: Rules,
    seen: u64,
    limit: Option<u32>,
) -> Result<Response, Problem> {
    let watch = Watch {
        platform: platform.clone(),
        owner,
        rules,
        seen,
        found: VecDeque::new(),
        pause: FIRST_LOOK,
        _watcher: Watcher::of(platform)?,
    };
    let bounds = Bounds::default();
    let events = limit.map_or(bounds.events, |limit| limit as usize);
    Ok(reply(platform, unfold(watch, next), Bounds { events, ..bounds }))
}

async fn next(mut watch: Watch) -> Option<(Event, Watch)> {
    loop {
        if let Some(event) = watch.found.pop_front() {
            watch.seen = event.id.unwrap_or(watch.seen);
            return Some((event, watch));
        }
        // A store that does not answer is asked again; the stream's bounds end it.
        watch.found = look(&watch).await.unwrap_or_default();
        if watch.found.is_empty() {
            watch.platform.sleep().sleep(watch.pause).await;
            watch.pause = (watch.pause * 3 / 2).min(LAST_LOOK);
        } else {
            watch.pause = FIRST_LOOK;
        }
    }
}

async fn look(watch: &Watch) -> Result<VecDeque<Event>, OutsideError> {
    let store = DaemonStore::open(&watch.platform).await?;
    // What is idle is banished by this, so that it is told in time.
    store.circle(&watch.owner, &watch.rules).await?;
    let records = store.records_after(&watch.owner, watch.seen, AT_ONCE).await?;
    let told = records.into_iter().map(|record| {
        let Told { id, event, data } = record.into();
        Event { id: Some(id), event: event.into(), data }
    });
    Ok(told.collect())
}
