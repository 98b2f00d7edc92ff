//! `POST /admin/update-cache`, against a source that runs here and misbehaves by name.

use std::{
    thread,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use contract::{
    calendar::Day,
    http::{Client, Reply},
    platforms::{Platform, Running, Site, Stop},
    scene::{ADMIN_KEY, at_once},
    suite::{Ask, Case},
};
use serde_json::{Value, json};
use spacescope::{Fault, Kind, Server, extended_to, rows::Rows};

use crate::support::not_at_midnight;

/// The source's token; it must appear in no answer.
const TOKEN: &str = "spacescope-token-not-to-be-told";

pub(crate) fn cases() -> Vec<Case> {
    [
        ("a_first_fill_and_thirty_days_bring_what_the_source_has", thirty_days as fn(&'static Platform)),
        ("every_fault_leaves_the_last_good_data_served_and_is_named", every_fault),
        ("two_refreshes_at_once_are_one_and_a_409", two_at_once),
        ("a_refresh_as_a_job_brings_what_the_source_has_beside_another", as_a_job),
        ("the_schedule_run_by_requests_refreshes_once_a_day_and_says_what_failed", by_requests),
    ]
    .map(|(name, ask)| Case { name: format!("{}::{name}", module_path!()), ask: Ask::Platform(ask) })
    .into_iter()
    .chain(
        [
            (
                "a_killed_refresh_leaves_the_last_good_data_served",
                is_a_process as Applies,
                killed as fn(&'static Platform),
            ),
            ("a_cron_trigger_refreshes_and_a_failure_is_reported", has_cron_triggers, by_the_clock),
        ]
        .map(|(name, applies, ask)| Case {
            name: format!("{}::{name}", module_path!()),
            ask: Ask::SomePlatforms(applies, ask),
        }),
    )
    .collect()
}

type Applies = fn(&'static Platform) -> Result<(), &'static str>;

fn is_a_process(platform: &'static Platform) -> Result<(), &'static str> {
    if platform.name == "memory" {
        return Err("there is no process to kill; tests/refresh ends a refresh after each of its steps");
    }
    Ok(())
}

fn has_cron_triggers(platform: &'static Platform) -> Result<(), &'static str> {
    if platform.name == "workerd" { Ok(()) } else { Err("nothing calls it by the clock over HTTP here") }
}

/// A service with empty stores, and its source, whose newest day is yesterday.
struct Scene {
    source: Server,
    site: Box<dyn Site>,
    running: Option<Running>,
    client: Client,
    yesterday: Day,
}

impl Scene {
    fn new(platform: &Platform) -> Self {
        not_at_midnight();
        let yesterday = Day::today() + -1;
        let network = network_data::demo::snapshot().expect("the demonstration network").into_data();
        let rows = Rows::rebuilt(&extended_to(network, date(yesterday))).expect("rows");
        let source = Server::start(rows, TOKEN, 0).expect("a free port");
        let site = (platform.site)().expect("a place to run");
        let (running, client) = start(&*site, &source);
        Self { source, site, running: Some(running), client, yesterday }
    }

    fn refresh(&self) -> Reply {
        self.client.post("/admin/update-cache").bearer(ADMIN_KEY).send()
    }

    fn served(&self) -> Value {
        self.client.get("/health").send().ok()["snapshot"]["current_date"].clone()
    }

    /// Ends the server without asking it, and starts another on what it left behind.
    fn kill(&mut self) {
        self.running.take().expect("a server").stop(Stop::Killed);
        let (running, client) = start(&*self.site, &self.source);
        (self.running, self.client) = (Some(running), client);
    }
}

fn start(site: &dyn Site, source: &Server) -> (Running, Client) {
    let variables = [
        ("ADMIN_API_KEY", ADMIN_KEY),
        ("BUNDLED_NETWORK", "false"),
        ("SNAPSHOT_RECHECK_SECONDS", "0"),
        ("SPACESCOPE_BASE_URL", &source.base_url()),
        ("SPACESCOPE_TOKEN", TOKEN),
        ("SPACESCOPE_TIMEOUT_SECONDS", "4"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let secrets = vec![ADMIN_KEY.to_owned(), TOKEN.to_owned()];
    let client = Client::new(&running.base_url, secrets).expect("a URL");
    (running, client)
}

fn date(day: Day) -> NaiveDate {
    day.to_string().parse().expect("a date")
}

#[allow(clippy::print_stdout, reason = "figures for a person")]
fn thirty_days(platform: &'static Platform) {
    let scene = Scene::new(platform);
    let first = scene.yesterday + -30;
    scene.source.set_newest(date(first));
    let since = Instant::now();
    let filled = scene.refresh().ok();
    println!("{}: a first fill of {} requests took {:?}", platform.name, filled["requests"], since.elapsed());
    assert_eq!((&filled["status"], &filled["current_date"]), (&"updated".into(), &first.to_string().into()));
    assert_eq!(filled["requests"], scene.source.take_calls());
    assert!(scene.source.most_at_once() <= 6, "{}", scene.source.most_at_once());
    let mut longest = Duration::ZERO;
    for day in (1..=30).map(|days| first + days) {
        scene.source.set_newest(date(day));
        let since = Instant::now();
        let report = scene.refresh().ok();
        longest = longest.max(since.elapsed());
        assert_eq!((&report["current_date"], &report["days_added"]), (&day.to_string().into(), &1.into()));
        let requests = scene.source.take_calls();
        assert!(requests <= 8 && report["requests"] == requests, "{requests} requests: {report}");
        assert_eq!(scene.served(), day.to_string());
    }
    println!("{}: the longest of 30 daily refreshes took {longest:?}", platform.name);
    let audit = scene.client.get("/api/admin/audit?limit=100").bearer(ADMIN_KEY).send().ok();
    let acts: Vec<_> = audit["entries"].as_array().expect("entries").iter().map(|row| &row["act"]).collect();
    // More on Cloudflare, where an invocation calls the next.
    assert!(acts.len() >= 31 && acts.iter().all(|act| **act == "data_refreshed"), "{acts:?}");
    let exported = format!("/admin/snapshots/{}", scene.yesterday);
    let exported = scene.client.get(&exported).bearer(ADMIN_KEY).send().ok();
    let network = network_data::demo::snapshot().expect("the demonstration network").into_data();
    let wanted = extended_to(network, date(scene.yesterday));
    let columns = [
        ("historical_raw_power_eib", &wanted.historical_raw_power_eib),
        ("historical_onboarded_qa_power_pib", &wanted.historical_onboarded_qa_power_pib),
        ("qa_known_scheduled_expire_vec", &wanted.qa_known_scheduled_expire_vec),
        ("known_scheduled_pledge_release_full_vec", &wanted.known_scheduled_pledge_release_full_vec),
        ("burnt_fil_vec", &wanted.burnt_fil_vec),
    ];
    for (name, wanted) in columns {
        let found = exported["offline_data"][name].as_array().expect("a column");
        let found: Vec<u64> = found.iter().map(|value| value.as_f64().expect("a number").to_bits()).collect();
        let wanted: Vec<u64> = wanted.iter().map(|value| value.to_bits()).collect();
        assert!(found == wanted, "{name} came back as it was");
    }
}

fn every_fault(platform: &'static Platform) {
    let scene = Scene::new(platform);
    let day_before = scene.yesterday + -1;
    scene.source.set_newest(date(day_before));
    let _ = scene.refresh().ok();
    scene.source.set_newest(date(scene.yesterday));
    for kind in Kind::all() {
        let named = match kind {
            // These are no mistakes of the source, and have cases of their own in tests/refresh.
            Kind::NotYet | Kind::Revised | Kind::Strings => continue,
            Kind::Unauthorized => "set SPACESCOPE_TOKEN",
            Kind::Forbidden => "answered 403",
            Kind::TooManyRequests => "asks to wait 1 seconds",
            Kind::TooManyRequestsWithoutRetryAfter => "answered 429",
            Kind::ServerError => "answered 500",
            Kind::Timeout => "did not answer within 4 seconds",
            Kind::Cut => "gave no whole reply",
            Kind::Truncated => "is not JSON",
            Kind::Html => "a web page and not JSON",
            Kind::MissingDay => "missing between days",
            Kind::DuplicatedDay => "there twice",
            Kind::Null => "field total_raw_bytes_power: is null",
            Kind::Negative => "field total_raw_bytes_power: is negative",
            Kind::Renamed => "field total_raw_bytes_power: is missing",
            Kind::Empty => "no data from this day on",
        };
        scene.source.set_fault(Some(Fault::always(kind)));
        let problem = scene.refresh().expect(502).json();
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.contains(named) && detail.contains("/v2/power/"), "{kind}: {detail}");
        let health = scene.client.get("/health").send().ok();
        assert_eq!(health["status"], "degraded", "{kind}");
        assert!(health["reason"].as_str().expect("a reason").contains(named), "{kind}: {health}");
        assert_eq!(health["snapshot"]["current_date"], day_before.to_string(), "{kind}");
    }
    scene.source.set_fault(None);
    assert_eq!(scene.refresh().ok()["current_date"], scene.yesterday.to_string());
    assert_eq!(scene.client.get("/health").send().ok()["status"], "healthy");
}

fn two_at_once(platform: &'static Platform) {
    let scene = Scene::new(platform);
    scene.source.set_delay(Duration::from_millis(100));
    let mut replies = at_once(2, |_| scene.refresh());
    replies.sort_by_key(|reply| reply.status);
    assert_eq!(replies[0].status, 200, "{}", replies[0].shown());
    assert_eq!(replies[1].status, 409, "{}", replies[1].shown());
    assert_eq!(replies[1].json()["code"], "REFRESH_UNDER_WAY");
    assert_eq!(scene.served(), scene.yesterday.to_string());
}

/// A job of the operator's, at the same time as a refresh by the direct path: both come to an end, in whatever order.
fn as_a_job(platform: &'static Platform) {
    const JOBS: &str = "/api/jobs";
    let scene = Scene::new(platform);
    let post = |key: &str, body: &Value| scene.client.post(JOBS).bearer(key).json(body).send();
    let wanted = json!({"name": "jobs", "scopes": ["read", "jobs"]});
    let made = scene.client.post("/api/admin/keys").bearer(ADMIN_KEY).json(&wanted).send().expect(201).json();
    let somebody = made["key"].as_str().expect("a key");
    let refused = post(somebody, &json!({"tool": "update-cache"})).refused(403);
    assert_eq!(refused.code, "INSUFFICIENT_SCOPE");
    let misspelt = json!({"tool": "update-cache", "input": {"ful": true, "force": 1}});
    let refused = post(ADMIN_KEY, &misspelt).expect(422).json();
    let pointers: Vec<_> =
        refused["errors"].as_array().expect("errors").iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/input/ful", "/input/force"], "{refused}");
    assert_eq!(scene.source.take_calls(), 0);

    scene.source.set_delay(Duration::from_millis(20));
    let other = scene.client.clone();
    let direct = thread::spawn(move || other.post("/admin/update-cache").bearer(ADMIN_KEY).send().status);
    let accepted = post(ADMIN_KEY, &json!({"tool": "update-cache", "input": {"full": "false"}})).expect(202);
    let path = accepted.json()["status_url"].as_str().expect("a path").to_owned();
    let since = Instant::now();
    let ended = loop {
        // On Spin slow messages are worked off by the schedule.
        let _ = scene.client.post("/internal/jobs/drain").bearer(ADMIN_KEY).send().ok();
        let state = scene.client.get(&path).bearer(ADMIN_KEY).send().ok();
        if state["finished_at"].is_string() {
            break state;
        }
        assert!(since.elapsed() < Duration::from_mins(4), "{state}");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(ended["status"], "completed", "{ended}");
    assert_eq!(ended["output"]["current_date"], scene.yesterday.to_string(), "{ended}");
    let direct = direct.join().expect("an answer");
    assert!(matches!(direct, 200 | 409), "{direct}");
    assert_eq!(scene.served(), scene.yesterday.to_string());
}

fn killed(platform: &'static Platform) {
    let mut scene = Scene::new(platform);
    let day_before = scene.yesterday + -1;
    scene.source.set_newest(date(day_before));
    let _ = scene.refresh().ok();
    scene.source.set_newest(date(scene.yesterday));
    scene.source.set_delay(Duration::from_secs(2));
    let _ = scene.source.take_calls();
    let request = scene.client.clone();
    let cut_off = thread::spawn(move || {
        drop(request.post("/admin/update-cache").bearer(ADMIN_KEY).send_unchecked());
    });
    while scene.source.take_calls() == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    scene.kill();
    cut_off.join().expect("the request that was cut off ends");
    scene.source.set_delay(Duration::ZERO);
    assert_eq!(scene.served(), day_before.to_string());
    let problem = scene.refresh().expect(409).json();
    assert!(problem["detail"].as_str().expect("a sentence").contains("if it was interrupted"), "{problem}");
}

fn by_requests(platform: &'static Platform) {
    const PATH: &str = "/internal/schedule/update-cache";
    let scene = Scene::new(platform);
    let run = || scene.client.post(PATH).bearer(ADMIN_KEY).send();
    let _ = scene.client.post(PATH).send().refused(401);
    assert_eq!(scene.source.take_calls(), 0, "nothing is fetched for a caller without the key");
    let replies = at_once(6, |_| run().ok());
    let ran = replies.iter().filter(|reply| reply["ran"] == json!(["refresh"])).count();
    let nothing = replies.iter().filter(|reply| reply["ran"] == json!([])).count();
    assert_eq!((ran, nothing), (1, 5), "{replies:?}");
    assert_eq!(scene.served(), scene.yesterday.to_string());

    let scene = Scene::new(platform);
    let run = || scene.client.post(PATH).bearer(ADMIN_KEY).send();
    scene.source.set_fault(Some(Fault::always(Kind::Unauthorized)));
    let failed = run().refused(502);
    assert_eq!(failed.code, "JOB_FAILED");
    assert!(failed.detail.contains("refresh") && failed.detail.contains("SPACESCOPE_TOKEN"), "{failed:?}");
    scene.source.set_fault(None);
    assert_eq!(run().ok()["ran"], json!([]), "it is due again in a quarter of an hour");
}

/// What Cloudflare's clock does, by the path that `wrangler dev` has for it. An occurrence is begun once, so each outcome needs a
/// place of its own.
fn by_the_clock(platform: &'static Platform) {
    // wrangler answers this path, and without the headers of ours.
    let trigger = |scene: &Scene| scene.client.get("/cdn-cgi/handler/scheduled").send_unchecked().unwrap();
    let scene = Scene::new(platform);
    let outcome = trigger(&scene);
    assert_eq!((outcome.status, outcome.text().trim()), (200, "ok"), "{}", outcome.shown());
    assert_eq!(scene.served(), scene.yesterday.to_string());

    let scene = Scene::new(platform);
    scene.source.set_fault(Some(Fault::always(Kind::Unauthorized)));
    let outcome = trigger(&scene);
    assert!(outcome.status >= 500 || outcome.text().contains("exception"), "{}", outcome.shown());
    let health = scene.client.get("/health").send().ok();
    assert!(health["reason"].as_str().is_some_and(|reason| reason.contains("SPACESCOPE_TOKEN")), "{health}");
}
