//! The whole application over a world in memory, and a Spacescope beside it.
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::must_use_candidate,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

use std::{env, fs, io::Read as _, path::Path};

use axum::{Router, body::Body};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use network_data::{Snapshot, SnapshotData};
use platform::Platform;
use platform_native::memory::World;
use serde_json::Value;
use spacescope::{Server, rows::Rows};
use tower_service::Service as _;

/// The admin key; it must appear in no answer.
pub const ADMIN_KEY: &str = "operators-own-key-of-the-tests";

/// The source's token; it must appear in no answer and in no log line.
pub const TOKEN: &str = "spacescopes-own-token";

/// How much faster waiting goes than the clock says.
const HURRY: u32 = 20;

/// A product and its source.
pub struct Scene {
    /// What stands behind the product.
    pub world: World,
    /// The source.
    pub source: Server,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as JSON.
    pub json: Value,
}

fn app(platform: Platform) -> Router {
    web::app(<edge::Function as platform::Application>::routes(), platform)
}

/// 01:00 UTC on the day after, when the cron runs.
pub fn morning_after(day: NaiveDate) -> DateTime<Utc> {
    (day + Days::new(1)).and_time(NaiveTime::from_hms_opt(1, 0, 0).unwrap()).and_utc()
}

/// The bundled demonstration network's figures, up to 2025-09-01.
pub fn demo() -> SnapshotData {
    network_data::demo::snapshot().unwrap().into_data()
}

/// The real network's figures, where the reference data are. In CI they must be.
pub fn real() -> Option<SnapshotData> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = env::var_os("REFERENCE_DATA").map_or(default, Into::into);
    let Ok(file) = fs::File::open(folder.join("snapshot.json.gz")) else {
        assert!(env::var_os("CI").is_none(), "the reference data are missing in CI");
        println!("reference data not found: not run on the real network");
        return None;
    };
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut json).unwrap();
    Some(Snapshot::from_json(&json).unwrap().into_data())
}

impl Scene {
    /// An empty product on the morning after the last day of the data, and a source that has them. What one invocation
    /// may send is limited, as on Cloudflare.
    pub fn of(data: &SnapshotData) -> Self {
        Self::unlimited(data).limited()
    }

    /// The same, but one invocation may send as much as it wants, as on Spin.
    pub fn unlimited(data: &SnapshotData) -> Self {
        let source = Server::start(Rows::rebuilt(data).unwrap(), TOKEN, 0).unwrap();
        let world = World::default()
            .at(morning_after(data.current_date))
            .hurried(HURRY)
            .with_variable("ADMIN_API_KEY", ADMIN_KEY)
            .with_variable("BUNDLED_NETWORK", "false")
            .with_variable("SNAPSHOT_RECHECK_SECONDS", "0")
            // In hurried time, so that no store is late because the machine is busy.
            .with_variable("STORE_TIMEOUT_MS", "60000")
            .with_variable("SPACESCOPE_BASE_URL", &source.base_url())
            .with_variable("SPACESCOPE_TOKEN", TOKEN)
            .with_variable("SPACESCOPE_TIMEOUT_SECONDS", "120");
        Self { world, source }
    }

    fn limited(self) -> Self {
        Self { world: self.world.with_limited_invocations(app), ..self }
    }

    /// Sets a variable.
    pub fn set(&self, name: &str, value: &str) {
        let _ = self.world.clone().with_variable(name, value);
    }

    /// Moves the clock to the morning after a day, and lets the source have that day.
    pub fn on_the_morning_after(&self, day: NaiveDate) {
        self.world.set_now(morning_after(day));
        self.source.set_newest(day);
    }

    /// Asks the product, each time a new instance of it, with the admin key.
    pub async fn ask(&self, method: Method, path: &str) -> Answer {
        self.send(method, path, String::new()).await
    }

    async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {ADMIN_KEY}"))
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        let response = app(self.world.platform()).call(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains(ADMIN_KEY) && !text.contains(TOKEN), "a secret is told: {text}");
        Answer { status, json: serde_json::from_slice(&body).unwrap_or(Value::Null) }
    }

    /// Sends a body to the product, as [`Self::ask`] asks.
    pub async fn post(&self, path: &str, body: String) -> Answer {
        self.send(Method::POST, path, body).await
    }

    /// Refreshes.
    pub async fn refresh(&self) -> Answer {
        self.ask(Method::POST, "/admin/update-cache").await
    }

    /// Refreshes, which must succeed.
    pub async fn refreshed(&self) -> Value {
        let answer = self.refresh().await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        answer.json
    }

    /// Does what the clock asks for, as a cron trigger does.
    ///
    /// # Errors
    /// The sentence that the platform reports.
    pub async fn scheduled(&self) -> Result<(), String> {
        <edge::Function as platform::Application>::scheduled(self.world.platform()).await
    }

    /// Imports a snapshot.
    pub async fn import(&self, snapshot: &Snapshot) -> Answer {
        self.send(Method::PUT, "/admin/snapshot", snapshot.to_json()).await
    }

    /// What `/health` says.
    pub async fn health(&self) -> Value {
        self.ask(Method::GET, "/health").await.json
    }

    /// The newest day of the snapshot that is served.
    pub async fn served(&self) -> Option<NaiveDate> {
        self.health().await["snapshot"]["current_date"].as_str().map(|date| date.parse().unwrap())
    }

    /// The archived snapshot of a day.
    pub async fn archived(&self, day: NaiveDate) -> SnapshotData {
        let answer = self.ask(Method::GET, &format!("/admin/snapshots/{day}")).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        Snapshot::from_json(answer.json.to_string().as_bytes()).unwrap().into_data()
    }

    /// All log lines, as text; no secret may be among them.
    pub fn log(&self) -> String {
        let lines: Vec<String> = self.world.log_lines().iter().map(ToString::to_string).collect();
        let log = lines.join("\n");
        assert!(!log.contains(ADMIN_KEY) && !log.contains(TOKEN), "a secret is logged: {log}");
        log
    }
}

/// Runs a test.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}
