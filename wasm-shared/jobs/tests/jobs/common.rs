//! A clock, tools that behave as a test wants, and the worker that runs them.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
    time::Duration,
};

use axum::Router;
use chrono::{DateTime, Utc};
use jobs::{
    Done, Failure, Job, JobStore, Limits, NewJob, Priority, Product, RunStep, Running, Submission, Submitted,
    Told, Work, webhook,
};
use outbound::Development;
use platform::{Application, Delivery, Message, Platform, queue::drain};
use platform_native::memory::World;

/// How often each chunk of each input was computed; the last step counts as `finish`.
static RUNS: LazyLock<Mutex<BTreeMap<(String, String), usize>>> = LazyLock::new(Mutex::default);

fn count(input: &str, step: &str) -> usize {
    let mut runs = RUNS.lock().unwrap();
    let count = runs.entry((input.to_owned(), step.to_owned())).or_default();
    *count += 1;
    *count
}

/// A chunk by its number, or the last step as `finish`.
pub(crate) struct Step(String);

impl From<usize> for Step {
    fn from(chunk: usize) -> Self {
        Self(chunk.to_string())
    }
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

pub(crate) fn runs(input: &str, step: impl Into<Step>) -> usize {
    RUNS.lock().unwrap().get(&(input.to_owned(), step.into().0)).copied().unwrap_or(0)
}

/// Every tool of these tests: what it does goes by its name.
fn step(work: Work<'_>) -> Running<'_> {
    Box::pin(async move {
        match work.chunk() {
            Some(chunk) => run_chunk(work, chunk).await.map(Done::Chunk),
            None => finish(work).await,
        }
    })
}

async fn run_chunk(work: Work<'_>, chunk: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let run = count(work.input, &chunk.to_string());
    match (work.job.tool.as_str(), run) {
        ("fails", _) | ("flaky", ..4) => Err(Failure::passing("NO_LUCK", "It did not work.")),
        ("refuses", _) => Err(Failure::lasting("NEVER", "It cannot work.")),
        ("hangs", 1) => std::future::pending().await,
        _ => Ok(vec![format!("{}:{chunk} ", work.input).into_bytes()]),
    }
}

async fn finish(work: Work<'_>) -> Result<Done, Failure> {
    let run = count(work.input, "finish");
    let later = |phase: &str, percent, after, keep: Option<&[u8]>| {
        let told = Told { phase: phase.to_owned(), percent };
        Ok(Done::Later { told, after, keep: keep.map(<[u8]>::to_vec) })
    };
    match work.job.tool.as_str() {
        // Three phases, each of which adds a letter to what is kept, and one of which fails once.
        "phases" => match work.kept {
            None => return later("a", 30, Duration::ZERO, Some(b"a")),
            Some(b"a") => return later("b", 60, Duration::from_secs(10), Some(b"ab")),
            Some(b"ab") if run == 3 => return Err(Failure::passing("NO_LUCK", "It did not work.")),
            Some(kept) => {
                return Ok(Done::Product(Product {
                    json: format!("\"{}c\"", String::from_utf8_lossy(kept)).into_bytes(),
                    csv: None,
                }));
            }
        },
        "endless" => return later("on and on", 10, Duration::ZERO, None),
        "large" => {
            return Ok(Done::Product(Product { json: vec![b' '; 100_000], csv: Some(b"a,b".to_vec()) }));
        }
        _ => {}
    }
    let mut text = String::new();
    for chunk in 0..work.job.chunks() {
        text += &String::from_utf8(work.part(chunk, 0).await?).unwrap();
    }
    let json = serde_json::Value::from(text.trim()).to_string().into_bytes();
    Ok(Done::Product(Product { json, csv: None }))
}

/// Delivers one message to these tools.
pub(crate) async fn deliver(platform: &Platform, limits: &Limits, message: &Message) -> Delivery {
    let find = |name: &str| (name != "unknown").then_some(step as RunStep);
    jobs::deliver(platform, limits, &find, message).await
}

pub(crate) struct TestApplication;

pub(crate) const LIMITS: Limits = Limits {
    running: 2,
    queued: 3,
    result_bytes: 200_000,
    keep_completed: Duration::from_hours(1),
    keep_failed: Duration::from_hours(24),
};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) fn settings() -> webhook::Settings {
    webhook::Settings {
        deployment: webhook::Secrets::parse(SECRET),
        timeout: Duration::from_secs(10),
        development: Development::Loopback,
    }
}

impl Application for TestApplication {
    type Services = ();
    const TOPICS: &'static [&'static str] = &[jobs::TOPIC, jobs::SLOW_TOPIC, webhook::TOPIC];

    fn routes() -> Router<Platform> {
        Router::new()
    }

    async fn deliver(platform: Platform, message: Message) -> Delivery {
        if message.topic == webhook::TOPIC {
            return webhook::deliver(&platform, &settings(), &message).await;
        }
        deliver(&platform, &LIMITS, &message).await
    }
}

/// A world whose clock stands, and a platform over it.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) platform: Platform,
}

fn noon() -> DateTime<Utc> {
    "2026-07-01T12:00:00Z".parse().unwrap()
}

impl Scene {
    pub(crate) fn new() -> Self {
        let world = World::default().at(noon());
        Self { platform: world.platform(), world }
    }

    pub(crate) async fn store(&self) -> JobStore<'_> {
        JobStore::open(&self.platform).await.unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.platform.clock().now().timestamp_millis()
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.world.set_now(self.platform.clock().now() + time);
    }

    /// Delivers what is due; how many messages that were.
    pub(crate) async fn drain(&self) -> usize {
        drain::<TestApplication>(&self.platform, 1_000, Duration::from_mins(1)).await.unwrap()
    }

    pub(crate) async fn submit(&self, submission: &Submission) -> Submitted {
        jobs::submit(&self.platform, submission, &LIMITS).await.unwrap()
    }

    /// Submits a job that is accepted; its id.
    pub(crate) async fn accept(&self, job: NewJob) -> String {
        match self.submit(&Submission { job, idempotency: None }).await {
            Submitted::New(job) => job.id,
            refused => panic!("{refused:?}"),
        }
    }

    pub(crate) async fn job(&self, id: &str) -> Job {
        self.store().await.get(id).await.unwrap().unwrap()
    }

    pub(crate) async fn output(&self, id: &str) -> String {
        let bytes = jobs::output(&self.platform, &self.job(id).await, false).await.unwrap().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The kinds of a job's events, whose numbers have no gaps.
    pub(crate) async fn events(&self, id: &str) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            let more = self.store().await.events(id, events.len() as u64).await.unwrap();
            if more.is_empty() {
                return events;
            }
            for (number, kind, _) in more {
                assert_eq!(number, events.len() as u64 + 1);
                events.push(kind);
            }
        }
    }

    pub(crate) async fn tend(&self) {
        jobs::tend(&self.platform).await.unwrap();
    }

    pub(crate) async fn archived(&self) -> Vec<String> {
        self.platform.archive().list("jobs/").await.unwrap()
    }
}

/// A job of a tool that a test wants, whose input is the test's own.
pub(crate) fn job(tool: &str, input: &str, chunks: usize) -> NewJob {
    NewJob {
        owner: "alice".to_owned(),
        account: "key".to_owned(),
        tool: tool.to_owned(),
        topic: jobs::TOPIC.to_owned(),
        mandate: String::new(),
        input: input.to_owned(),
        source: "today".to_owned(),
        chunks,
        priority: Priority::Normal,
        webhook: None,
        approval: jobs::Approval::NotNeeded,
    }
}
