//! What happens when a store fails, holds rubbish, or is slow to show what was written; and what the log says. Only the
//! platform in memory fails on demand, so only it is asked.

use std::collections::BTreeMap;

use contract::{
    calendar::Day,
    http::{Client, RUNTIME},
    network::Network,
    platforms::{Running, memory},
    scene::ADMIN_KEY,
    suite::trial,
};
use libtest_mimic::Trial;
use platform_native::memory::World;
use serde_json::{Value, json};

use crate::support::{DAILY, not_at_midnight};

pub(crate) fn trials() -> Vec<Trial> {
    macro_rules! trials {
        ($($name:ident),+ $(,)?) => {
            vec![$(trial(concat!("memory::faults::", stringify!($name)).to_owned(), $name)),+]
        };
    }
    trials![
        a_store_that_fails_later_leaves_the_last_data_served,
        a_store_that_fails_at_the_start_is_503_and_says_when_to_try_again,
        health_is_degraded_and_says_why_when_the_store_fails,
        damaged_data_is_read_from_the_archive,
        data_damaged_everywhere_is_503_and_a_restore_heals_it,
        damaged_data_is_503_and_an_import_heals_it,
        a_name_whose_data_is_not_visible_yet_is_read_from_the_archive,
        a_failed_import_changes_nothing,
        an_import_cut_off_anywhere_leaves_the_old_or_the_new_snapshot,
        a_new_snapshot_is_noticed_at_once_here_and_within_a_minute_elsewhere,
        documentation_that_cannot_be_read_is_503,
        health_writes_nothing,
        the_log_has_one_line_a_request_and_no_secret,
    ]
}

/// An instance of the functions over a world; several share one.
struct Instance {
    client: Client,
    _running: Running,
}

impl Instance {
    fn of(world: &World) -> Self {
        let running = memory::serve(world).expect("a port to listen on");
        let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL");
        Self { client, _running: running }
    }

    fn import(&self, current: &str) -> u16 {
        self.import_figures(current, 5)
    }

    /// Imports a network of that date; another seed, other figures.
    fn import_figures(&self, current: &str, seed: u64) -> u16 {
        let network = Network::made_up(Day::named(current), 60, seed);
        self.client.put("/admin/snapshot").bearer(ADMIN_KEY).body(network.bytes()).send().status
    }

    fn restore(&self, date: &str) -> u16 {
        self.client.post(&format!("/admin/snapshots/{date}/restore")).bearer(ADMIN_KEY).send().status
    }

    fn forecast(&self) -> contract::http::Reply {
        self.client.post(DAILY).json(&json!({"forecast_length_days": 20, "output": "circ_supply"})).send()
    }

    /// The date of the snapshot that a forecast is made from.
    fn current(&self) -> Value {
        self.forecast().ok()["input"]["current date"].clone()
    }

    fn health(&self) -> Value {
        self.client.get("/health").send().ok()
    }
}

/// A world without data, in which a new snapshot is noticed at once.
fn world() -> World {
    not_at_midnight();
    World::default()
        .with_variable("ADMIN_API_KEY", ADMIN_KEY)
        .with_variable("BUNDLED_NETWORK", "false")
        .with_variable("SNAPSHOT_RECHECK_SECONDS", "0")
}

fn a_store_that_fails_later_leaves_the_last_data_served() {
    let world = world();
    let instance = Instance::of(&world);
    assert_eq!(instance.import("2026-03-01"), 200);
    let (before, health) = (instance.forecast().expect(200).body, instance.health());
    world.fail(Some("cache"));
    assert_eq!(instance.forecast().expect(200).body, before);
    assert_eq!(instance.health(), health);
    let warned = |line: &Value| line["level"] == "warning" && line["error"].is_string();
    assert!(world.log_lines().iter().any(warned), "the operator learns of it");
    world.fail(None);
    assert_eq!(instance.import("2026-03-02"), 200);
    assert_eq!(instance.current(), "2026-03-02");
}

fn a_store_that_fails_at_the_start_is_503_and_says_when_to_try_again() {
    let world = world();
    assert_eq!(Instance::of(&world).import("2026-03-01"), 200);
    world.fail(Some("cache"));
    let instance = Instance::of(&world);
    for reply in [instance.forecast(), instance.client.get("/historical-data").send()] {
        assert_eq!(reply.refused(503).code, "STORAGE_UNAVAILABLE");
        assert!(
            reply.must_have("retry-after").parse::<u32>().is_ok_and(|seconds| (1..=60).contains(&seconds))
        );
        assert!(!reply.text().contains("made to fail"), "the reason is the operator's: {}", reply.text());
    }
    let told = |line: &Value| {
        line["status"] == 503 && line["error"].as_str().is_some_and(|text| text.contains("made to fail"))
    };
    assert!(world.log_lines().iter().any(told), "the log has the reason");
    world.fail(None);
    assert_eq!(instance.current(), "2026-03-01");
}

fn health_is_degraded_and_says_why_when_the_store_fails() {
    let world = world();
    world.fail(Some("cache"));
    let health = Instance::of(&world).health();
    assert_eq!((&health["status"], &health["snapshot"]), (&"degraded".into(), &Value::Null));
    assert!(health["reason"].as_str().is_some_and(|text| text.contains("did not answer")), "{health}");
}

/// Turns what the cache holds of snapshots to rubbish.
fn damage(world: &World, change: fn(&str) -> Vec<u8>) {
    let keys = world.cache_keys();
    assert!(keys.len() >= 2, "{keys:?}");
    for key in keys {
        world.set_cache(&key, &change(&key));
    }
}

/// Rubbish instead of the data, and the name left as it is.
fn damage_data(world: &World) {
    let keys: Vec<_> = world.cache_keys().into_iter().filter(|key| !key.ends_with("current")).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    world.set_cache(&keys[0], b"not what was written");
}

fn damaged_data_is_read_from_the_archive() {
    let world = world();
    assert_eq!(Instance::of(&world).import("2026-03-01"), 200);
    damage_data(&world);
    assert_eq!(Instance::of(&world).current(), "2026-03-01");
}

fn data_damaged_everywhere_is_503_and_a_restore_heals_it() {
    let world = world();
    for current in ["2026-02-01", "2026-03-01"] {
        assert_eq!(Instance::of(&world).import(current), 200);
    }
    let archive = world.platform();
    let keys = RUNTIME.block_on(archive.archive().list("")).expect("an archive");
    let newest = keys.iter().find(|key| key.contains("2026-03-01")).expect("the newest in the archive");
    RUNTIME.block_on(archive.archive().put(newest, b"neither")).expect("an archive that takes all");
    for key in world.cache_keys().iter().filter(|key| !key.ends_with("current")) {
        world.set_cache(key, b"not what was written");
    }
    let instance = Instance::of(&world);
    let problem = instance.forecast().refused(503);
    assert_eq!(problem.code, "SNAPSHOT_UNREADABLE");
    assert!(
        problem.detail.contains("restore") && problem.detail.contains("PUT /admin/snapshot"),
        "{}",
        problem.detail
    );
    assert_eq!(instance.health()["status"], "degraded");
    assert_eq!(instance.restore("2026-02-01"), 200);
    assert_eq!(instance.current(), "2026-02-01");
    assert_eq!(Instance::of(&world).current(), "2026-02-01", "another instance reads what was healed");
}

fn damaged_data_is_503_and_an_import_heals_it() {
    for change in [|_: &str| Vec::new(), |_: &str| vec![0xff; 5000], |key: &str| key.as_bytes().to_vec()] {
        let world = world();
        assert_eq!(Instance::of(&world).import("2026-03-01"), 200);
        damage(&world, change);
        let instance = Instance::of(&world);
        assert_eq!(instance.forecast().refused(503).code, "SNAPSHOT_UNREADABLE");
        assert_eq!(instance.import("2026-03-02"), 200);
        assert_eq!(Instance::of(&world).current(), "2026-03-02");
    }
}

fn a_name_whose_data_is_not_visible_yet_is_read_from_the_archive() {
    let world = world();
    assert_eq!(Instance::of(&world).import("2026-03-02"), 200);
    let keys = world.cache_keys();
    let data = keys.iter().find(|key| key.contains("2026-03-02")).expect("the data under a name of its own");
    RUNTIME.block_on(world.platform().cache().delete(data)).expect("a cache that forgets");
    assert_eq!(Instance::of(&world).current(), "2026-03-02");
}

fn a_failed_import_changes_nothing() {
    for service in ["archive", "cache", "database"] {
        let world = world();
        let instance = Instance::of(&world);
        assert_eq!(instance.import("2026-03-01"), 200);
        let export = |instance: &Instance| {
            instance.client.get("/admin/snapshots/2026-03-01").bearer(ADMIN_KEY).send().expect(200).body
        };
        let before = (instance.forecast().expect(200).body, export(&instance));
        world.fail(Some(service));
        // Other figures of the same date, and another date.
        for (current, seed) in [("2026-03-01", 6), ("2026-03-02", 5)] {
            assert_eq!(instance.import_figures(current, seed), 503);
        }
        world.fail(None);
        for instance in [instance, Instance::of(&world)] {
            assert_eq!(instance.current(), "2026-03-01", "{service}");
            let after = (instance.forecast().expect(200).body, export(&instance));
            assert!(after == before, "{service}: the forecast or the archive has other figures");
        }
    }
}

fn an_import_cut_off_anywhere_leaves_the_old_or_the_new_snapshot() {
    let mut whole = None;
    for steps in 0..40 {
        let world = world();
        for current in ["2026-02-27", "2026-02-28", "2026-03-01"] {
            assert_eq!(Instance::of(&world).import(current), 200);
        }
        world.stop_after(Some(steps));
        let status = Instance::of(&world).import("2026-03-02");
        world.stop_after(None);
        let current = Instance::of(&world).current();
        assert!(
            ["2026-03-01", "2026-03-02"].iter().any(|date| current == *date),
            "after {steps} steps: {current}"
        );
        if status == 200 {
            assert_eq!(current, "2026-03-02", "what was confirmed is current");
            whole = Some(steps);
            break;
        }
        assert_eq!(Instance::of(&world).import("2026-03-02"), 200, "a second try after {steps} steps");
        assert_eq!(Instance::of(&world).current(), "2026-03-02");
    }
    assert!(whole.is_some_and(|steps| steps >= 3), "an import is several steps: {whole:?}");
}

fn a_new_snapshot_is_noticed_at_once_here_and_within_a_minute_elsewhere() {
    let noon = "2026-07-01T12:00:00Z".parse().expect("a time");
    let world = World::default()
        .with_variable("ADMIN_API_KEY", ADMIN_KEY)
        .with_variable("BUNDLED_NETWORK", "false")
        .at(noon);
    let (one, other) = (Instance::of(&world), Instance::of(&world));
    assert_eq!(one.import("2026-06-29"), 200);
    assert_eq!((one.current(), other.current()), ("2026-06-29".into(), "2026-06-29".into()));
    assert_eq!(one.import("2026-06-30"), 200);
    assert_eq!(one.current(), "2026-06-30", "the instance that published it notices it at once");
    world.set_now(noon + std::time::Duration::from_secs(59));
    assert_eq!(other.current(), "2026-06-30");
    // A clock that goes backwards keeps nothing old for ever.
    world.set_now(noon - std::time::Duration::from_hours(24));
    assert_eq!(one.import("2026-06-28"), 200);
    assert_eq!(other.current(), "2026-06-28");
}

fn documentation_that_cannot_be_read_is_503() {
    let world = world();
    world.fail(Some("assets"));
    let instance = Instance::of(&world);
    for path in ["/docs", "/docs/page.js", "/openapi.json"] {
        assert_eq!(instance.client.get(path).send().refused(503).code, "STORAGE_UNAVAILABLE", "{path}");
    }
    world.fail(None);
    assert_eq!(instance.client.get("/docs").send().refused(404).code, "NOT_FOUND", "nothing was deployed");
}

fn health_writes_nothing() {
    let world = world();
    let instance = Instance::of(&world);
    assert_eq!(instance.import("2026-03-01"), 200);
    let before = contents(&world);
    assert!(
        before.len() >= 3,
        "a name and a snapshot in the cache, and one in the archive: {:?}",
        before.keys()
    );
    for _ in 0..5 {
        instance.health();
    }
    assert!(contents(&world) == before, "health has changed a store");
}

/// What the stores hold: each key with its value.
fn contents(world: &World) -> BTreeMap<String, Option<Vec<u8>>> {
    let platform = world.platform();
    let mut contents = BTreeMap::new();
    for key in world.cache_keys() {
        let value = RUNTIME.block_on(platform.cache().get(&key)).expect("a cache that answers");
        contents.insert(format!("cache: {key}"), value);
    }
    for key in RUNTIME.block_on(platform.archive().list("")).expect("an archive that answers") {
        let value = RUNTIME.block_on(platform.archive().get(&key)).expect("an archive that answers");
        contents.insert(format!("archive: {key}"), value);
    }
    contents
}

fn the_log_has_one_line_a_request_and_no_secret() {
    let world = world();
    let instance = Instance::of(&world);
    let client = &instance.client;
    let asked = [
        ("PUT", "/admin/snapshot", 200, instance.import("2026-03-01")),
        ("POST", "/simulate/full", 200, instance.forecast().status),
        ("POST", "/simulate/full", 200, instance.forecast().status),
        ("POST", "/simulate", 422, client.post("/simulate/").json(&json!({"rbp": -1})).send().status),
        ("GET", "/historical-data", 200, client.get("/historical-data?fields=lock_ratio").send().status),
        ("GET", "/health", 200, client.get("/health").header("x-request-id", "of-the-caller").send().status),
        (
            "GET",
            "/admin/snapshots",
            401,
            client.get("/admin/snapshots").bearer("guess-of-a-key").send().status,
        ),
        (
            "GET",
            "/admin/snapshots/{date}",
            401,
            client.get("/admin/snapshots/2026-03-01?admin_key=guess-of-a-key").send().status,
        ),
        ("GET", "unknown", 404, client.get("/nothing/guess-of-a-key").send().status),
        ("DELETE", "/health", 405, client.request(http::Method::DELETE, "/health").send().status),
    ];
    let lines: Vec<_> = world.log_lines().into_iter().filter(|line| line["method"].is_string()).collect();
    assert_eq!(lines.len(), asked.len(), "{lines:?}");
    let mut ids = Vec::new();
    for ((method, route, status, answered), line) in asked.into_iter().zip(&lines) {
        assert_eq!(answered, status, "{method} {route}");
        assert_eq!((&line["method"], &line["status"]), (&method.into(), &status.into()), "{line}");
        // The route is the pattern, never the path as it was called: a path may hold what is nobody's business.
        assert_eq!(line["route"], route, "{line}");
        assert!(line["duration_ms"].as_i64().is_some_and(|milliseconds| milliseconds >= 0), "{line}");
        assert!(line.get("cache_hit").is_some_and(|hit| hit.is_boolean() || hit.is_null()), "{line}");
        ids.push(line["id"].as_str().expect("an id").to_owned());
        assert!(!line.to_string().contains('\n'));
        for secret in [ADMIN_KEY, "guess-of-a-key", "admin_key", "Bearer"] {
            assert!(!line.to_string().contains(secret), "{line}");
        }
    }
    assert_eq!(lines[2]["cache_hit"], true, "the second forecast had the snapshot in memory");
    assert_eq!(ids[5], "of-the-caller");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), lines.len());
}
