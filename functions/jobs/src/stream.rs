//! A job's events while they happen.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::response::Response;
use futures_util::{
    future::{Either, select},
    stream::unfold,
};
use http::{HeaderValue, StatusCode, header};
use job_tools::{Driven, by_requests};
use jobs::{Job, JobStore, Kind};
use platform::{OutsideError, Platform};
use web::{
    Answer, Problem,
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

/// Whether one of this instance's streams works messages off.
#[derive(Clone, Default)]
struct Busy(Arc<AtomicBool>);

/// The one that does, until it is dropped.
struct Driver(Arc<AtomicBool>);

impl Driver {
    /// None where another stream of this instance is it: what one finds to do, a thousand would not find sooner, but each look would
    /// lock the database.
    fn of(platform: &Platform) -> Option<Self> {
        let busy = platform.instance().get::<Busy>().unwrap_or_else(|| {
            let new = Busy::default();
            platform.instance().set(new.clone());
            new
        });
        let taken = busy.0.swap(true, Ordering::Relaxed);
        (!taken).then(|| Self(busy.0.clone()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
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
    /// Messages that are worked off meanwhile, where requests do that.
    driving: Option<(Driver, Answer<()>)>,
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
        driving: None,
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
        watch.found = look(&watch.platform, &watch.job, watch.seen).await.unwrap_or_default();
        if watch.found.is_empty() {
            work_or_wait(&mut watch).await;
            watch.pause = (watch.pause * 3 / 2).min(LAST_LOOK);
        } else {
            watch.pause = FIRST_LOOK;
        }
    }
}

/// Waits for a pause, and works messages off meanwhile, where requests do that. A message may take longer than the pause: what
/// happens by it is told while it goes on.
async fn work_or_wait(watch: &mut Watch) {
    let platform = watch.platform.clone();
    let pause = platform.sleep().sleep(watch.pause);
    if !by_requests(&platform) {
        return pause.await;
    }
    let begun = watch.driving.take().or_else(|| {
        let own = platform.clone();
        Some((Driver::of(&platform)?, Box::pin(async move { drive(&own, Driven::All).await })))
    });
    let Some((driver, driving)) = begun else { return pause.await };
    match select(pause, driving).await {
        Either::Left(((), driving)) => watch.driving = Some((driver, driving)),
        // It stays the driver for its pause, so that an idle instance looks now and then only.
        Either::Right(((), pause)) => {
            pause.await;
            drop(driver);
        }
    }
}

async fn look(platform: &Platform, job: &str, seen: u64) -> Result<VecDeque<Event>, OutsideError> {
    let store = JobStore::open(platform).await?;
    let events = store.events(job, seen).await?;
    let written = events.into_iter().map(|(number, kind, data)| Event {
        id: Some(number),
        event: kind.into(),
        data: serde_json::from_str(&data).unwrap_or_default(),
    });
    Ok(written.collect())
}
