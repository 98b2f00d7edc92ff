//! A server that is killed again and again while jobs run.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use contract::{
    http::Client,
    platforms::{Platform, Running, Site, Stop},
    scene::{ADMIN_KEY, is_closed_run},
    suite::{Ask, Case},
};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{
    PATIENCE, Somebody,
    webhooks::{Received, SECRET, receiver},
};
use crate::support::not_at_midnight;

pub(crate) fn cases() -> Vec<Case> {
    let ask = Ask::SomePlatforms(has_processes, jobs_outlive_kills_and_nothing_is_done_twice);
    let name = "jobs_outlive_kills_and_nothing_is_done_twice";
    let case = Case { name: format!("{}::{name}", module_path!()), ask };
    vec![case.needing(if is_closed_run() { Err("its servers are the same in both runs") } else { Ok(()) })]
}

fn has_processes(platform: &'static Platform) -> Result<(), &'static str> {
    if platform.name == "memory" { Err("its server is part of this process") } else { Ok(()) }
}

/// How often a server is killed: `CONTRACT_KILLS` times. If that is not set, 20 times where a start takes a moment, and 3 times
/// where it takes seconds.
fn kills(platform: &Platform) -> usize {
    match env::var("CONTRACT_KILLS") {
        Ok(number) => number.parse().expect("CONTRACT_KILLS is a number"),
        Err(_) if platform.name == "native" => 20,
        Err(_) => 3,
    }
}

/// In every eighth round all jobs come to their end before the next kill: a step whose worker dies ten times fails its job.
const RESPITE: usize = 8;

/// Random moments that a failure can be repeated with (`CONTRACT_SEED`): it prints them.
struct Moments {
    seed: u64,
    state: u64,
    taken: Vec<u64>,
}

impl Moments {
    fn new() -> Self {
        let seed = match env::var("CONTRACT_SEED") {
            Ok(number) => number.parse().expect("CONTRACT_SEED is a number"),
            Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs(),
        };
        Self { seed, state: seed, taken: Vec::new() }
    }

    /// The next one of Knuth's linear congruential generator, in milliseconds.
    fn next(&mut self, most: u64) -> Duration {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = (self.state >> 33) % most;
        self.taken.push(moment);
        Duration::from_millis(moment)
    }
}

impl Drop for Moments {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("CONTRACT_SEED={}, killed after {:?} ms", self.seed, self.taken);
        }
    }
}

fn start(site: &dyn Site) -> (Running, Client) {
    let variables =
        [("ADMIN_API_KEY", ADMIN_KEY), ("WEBHOOK_SECRET", SECRET), ("ALLOW_INSECURE_WEBHOOKS", "true")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL");
    (running, client)
}

/// What the clock does: Cloudflare's cron trigger, by the path that `wrangler dev` has for it, or a schedule that calls the product.
/// The server may be killed meanwhile.
fn tick(platform: &Platform, client: &Client) {
    let _ = match platform.name {
        "workerd" => client.get("/cdn-cgi/handler/scheduled").send_unchecked(),
        _ => client.post("/internal/jobs/drain").bearer(ADMIN_KEY).send_unchecked(),
    };
}

/// The database of a server that has ended: the file with the table of jobs, wherever the platform keeps it.
fn database(folder: &Path) -> Option<Connection> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let is_one =
        |path: &PathBuf| path.extension().is_some_and(|kind| ["sqlite", "db"].iter().any(|of| kind == *of));
    let found = files.iter().filter(|path| is_one(path)).find_map(|path| {
        let file = Connection::open(path).expect("a database");
        has_table(&file, "jobs").then_some(file)
    });
    found.or_else(|| folders.iter().find_map(|folder| database(folder)))
}

fn has_table(database: &Connection, name: &str) -> bool {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    database.query_row(sql, [name], |row| row.get::<_, i64>(0)).expect("a schema") > 0
}

/// Makes time pass while no server runs: leases end, what was lost is due to be sent again, and what the clock does is due.
/// Gives how many steps were under way when the server was killed.
fn pass_time(folder: &Path) -> usize {
    let database = database(folder).expect("a database with jobs");
    let states: Vec<(i64, String)> = database
        .prepare("SELECT number, state FROM jobs WHERE nudge IS NOT NULL")
        .and_then(|mut states| states.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .expect("jobs");
    let mut interrupted = 0;
    for (number, state) in states {
        let mut state: Value = serde_json::from_str(&state).expect("JSON");
        for step in state["steps"].as_array_mut().expect("steps") {
            if step["lease"].is_array() && step["done"].is_null() {
                step["lease"][1] = json!(1);
                interrupted += 1;
            }
        }
        let update = "UPDATE jobs SET state = ?2, nudge = 1 WHERE number = ?1";
        database.execute(update, (number, state.to_string())).expect("an update");
    }
    for (table, sql) in [
        ("job_deliveries", "UPDATE job_deliveries SET due = 1 WHERE due IS NOT NULL"),
        // Cloudflare's queue is elsewhere: in workerd its messages end with the process.
        ("queue_messages", "UPDATE queue_messages SET due = 0"),
        ("schedule_jobs", "DELETE FROM schedule_jobs"),
    ] {
        if has_table(&database, table) {
            database.execute(sql, ()).expect("an update");
        }
    }
    interrupted
}

/// Chunks into which [`input`] is cut.
const CHUNKS: usize = 3;

fn input() -> Value {
    // Many values of few forecasts: 4 MiB of them are a chunk.
    let output = [
        "rb_total_power_eib",
        "qa_total_power_eib",
        "rb_day_onboarded_power_pib",
        "qa_day_onboarded_power_pib",
        "rb_day_renewed_power_pib",
        "qa_day_renewed_power_pib",
        "rb_sched_expire_power_pib",
        "qa_sched_expire_power_pib",
        "network_RBP_EIB",
        "network_QAP_EIB",
        "network_baseline_EIB",
        "network_time",
        "day_network_reward",
        "day_locked_pledge",
        "day_renewed_pledge",
        "network_locked_pledge",
        "network_locked_reward",
        "network_locked",
        "circ_supply",
        "available_supply",
    ];
    json!({
        "assumptions": {"forecast_length_days": 100}, "resolution": "daily", "output": output,
        "draws": {"n": 600, "seed": 7, "distributions": {"rr": {"uniform": {"low": 0.5, "high": 0.9}}}},
    })
}

#[allow(clippy::print_stdout, reason = "figures for a person")]
fn jobs_outlive_kills_and_nothing_is_done_twice(platform: &'static Platform) {
    not_at_midnight();
    let since = Instant::now();
    let site = (platform.site)().expect("a place to run");
    let (url, received) = receiver(0);
    let (kills, mut moments) = (kills(platform), Moments::new());
    // About as long as the jobs of a round take.
    let longest = if platform.name == "native" { 800 } else { 1_500 };
    let (mut paths, mut interrupted) = (Vec::<String>::new(), 0);
    for round in 1..=kills {
        let (running, client) = start(&*site);
        let somebody = Somebody { client: &client, key: ADMIN_KEY.to_owned() };
        if round % RESPITE == 0 {
            tick(platform, &client);
            for path in &paths {
                somebody.await_end(path);
            }
        }
        for _ in 0..2 {
            let job = json!({"tool": "sweep", "input": input(), "webhook_url": url});
            paths.push(super::path_of(&somebody.post(super::JOBS, &job).expect(202)));
        }
        thread::scope(|scope| {
            scope.spawn(|| tick(platform, &client));
            // On Spin who asks for a job's state works messages off.
            for path in &paths[paths.len() - 2..] {
                scope.spawn(|| {
                    while client.get(path).bearer(ADMIN_KEY).send_unchecked().is_ok() {
                        thread::sleep(Duration::from_millis(20));
                    }
                });
            }
            thread::sleep(moments.next(longest));
            running.stop(Stop::Killed);
        });
        interrupted += pass_time(site.state().expect("a folder"));
    }
    let (killed, since) = (since.elapsed(), Instant::now());

    let (running, client) = start(&*site);
    let somebody = Somebody { client: &client, key: ADMIN_KEY.to_owned() };
    tick(platform, &client);
    // What it gives when nobody is killed.
    let undisturbed = somebody.result(&somebody.submit("sweep", &input()));
    for path in &paths {
        let ended = somebody.await_end(path);
        assert_eq!(ended["status"], "completed", "{ended}");
        assert!(somebody.result(path) == undisturbed, "{path} has another result");
        // Each chunk was applied once, and the job ended once.
        let events = somebody.events(path, None);
        let kinds: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
        let mut expected = vec!["queued", "processing"];
        expected.extend(["progress"; CHUNKS]);
        expected.push("completed");
        assert_eq!(kinds, expected, "{path}");
        assert!(events.iter().zip(1..).all(|(event, number)| event.id == number), "{events:?}");
        told_of_each_event_under_one_id(&somebody, path, &received);
    }
    let sent = received.lock().expect("a lock").0.len();
    println!(
        "{}: {kills} kills in {:.0} s interrupted {interrupted} steps; then {} jobs ended within {:.0} s, and {sent} webhooks were \
         received for {} events",
        platform.name,
        killed.as_secs_f64(),
        paths.len(),
        since.elapsed().as_secs_f64(),
        2 * paths.len(),
    );
    drop(running);
}

/// Demands that the receiver got each of a job's two webhooks at least once, and each time under the same id.
fn told_of_each_event_under_one_id(somebody: &Somebody, path: &str, received: &Received) {
    let since = Instant::now();
    let deliveries = loop {
        let all = somebody.get(&format!("{path}/deliveries")).ok()["deliveries"].clone();
        if all.as_array().expect("a list").iter().all(|one| one["status"] == "delivered") {
            break all;
        }
        assert!(since.elapsed() < PATIENCE, "{all}");
        thread::sleep(Duration::from_millis(50));
    };
    let ids = |deliveries: &Value, kind: &str, id: &str| -> BTreeSet<(String, String)> {
        let text = |one: &Value, name: &str| one[name].as_str().expect("text").to_owned();
        let all = deliveries.as_array().expect("a list");
        all.iter().map(|one| (text(one, kind), text(one, id))).collect()
    };
    let expected = ids(&deliveries, "type", "webhook_id");
    let kinds: BTreeMap<&String, &String> = expected.iter().map(|(kind, id)| (kind, id)).collect();
    assert_eq!(
        kinds.keys().copied().collect::<Vec<_>>(),
        ["job.completed", "job.processing"],
        "{deliveries}"
    );
    let got: Vec<Value> = received
        .lock()
        .expect("a lock")
        .0
        .iter()
        .filter_map(|(headers, body)| {
            let body: Value = serde_json::from_str(body).expect("JSON");
            let is_of_this = path.ends_with(body["data"]["job_id"].as_str().expect("an id"));
            is_of_this
                .then(|| json!({"type": body["type"], "id": headers["webhook-id"].to_str().expect("text")}))
        })
        .collect();
    assert_eq!(ids(&Value::Array(got), "type", "id"), expected, "{path}");
}
