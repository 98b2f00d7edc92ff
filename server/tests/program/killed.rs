//! A server that is killed again and again while jobs run.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Server, path};

const KEY: &str = "authorization: Bearer a-key-of-this-test-and-no-other\r\n";
const KILLS: u64 = 20;
/// Far longer than the jobs take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(5);

/// A receiver of webhooks: the ids of what it got.
fn receiver() -> (String, Arc<Mutex<BTreeSet<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let ids = Arc::new(Mutex::new(BTreeSet::new()));
    let got = Arc::clone(&ids);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let (mut id, mut length, mut line) = (None, 0, String::new());
            // A sender that was killed sends half a request, or none.
            while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
                let lower = line.trim().to_ascii_lowercase();
                if let Some(value) = lower.strip_prefix("webhook-id: ") {
                    id = Some(value.to_owned());
                }
                if let Some(value) = lower.strip_prefix("content-length: ") {
                    length = value.parse().unwrap_or(0);
                }
                line.clear();
            }
            let mut body = vec![0; length];
            if let (Some(id), Ok(())) = (id, reader.read_exact(&mut body)) {
                got.lock().unwrap().insert(id);
                let _ = reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            }
        }
    });
    (url, ids)
}

fn json_of(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)).unwrap_or_default()
}

/// Makes time pass while no server runs: leases end, and what was lost is due to be sent again.
fn pass_time(data: &Path) {
    let database = Connection::open(data.join("database.sqlite")).unwrap();
    let states: Vec<(i64, String)> = database
        .prepare("SELECT number, state FROM jobs WHERE nudge IS NOT NULL")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (number, state) in states {
        let mut state: Value = serde_json::from_str(&state).unwrap();
        for step in state["steps"].as_array_mut().unwrap() {
            if step["lease"].is_array() {
                step["lease"][1] = json!(1);
            }
        }
        let update = "UPDATE jobs SET state = ?2, nudge = 1 WHERE number = ?1";
        database.execute(update, (number, state.to_string())).unwrap();
    }
    database.execute("UPDATE queue_messages SET due = 0", []).unwrap();
    database.execute("UPDATE job_deliveries SET due = 1 WHERE due IS NOT NULL", []).unwrap();
}

#[test]
fn jobs_outlive_twenty_kills_and_nothing_is_done_twice() {
    let folder = TempDir::new().unwrap();
    let (settings, data) = (folder.path().join("settings"), folder.path().join("data"));
    fs::write(
        &settings,
        "ADMIN_API_KEY=a-key-of-this-test-and-no-other\nALLOW_INSECURE_WEBHOOKS=true\n\
         WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
    )
    .unwrap();
    let arguments = ["--data", path(&data), "--env-file", path(&settings), "--no-schedule"];
    let (url, received) = receiver();
    let input = json!({
        "assumptions": {"forecast_length_days": 100}, "resolution": "daily",
        "output": ["network_RBP_EIB", "network_QAP_EIB", "circ_supply", "network_locked"],
        "draws": {"n": 3_000, "seed": 7, "distributions": {"rr": {"uniform": {"low": 0.5, "high": 0.9}}}},
    });
    let body = json!({"tool": "sweep", "input": input, "webhook_url": url}).to_string();
    let mut ids = Vec::new();
    // A linear congruential generator: the moments differ, and a failure can be repeated.
    let mut random = 20_251_121_u64;
    for _ in 0..KILLS {
        let server = Server::start(&arguments);
        for _ in 0..2 {
            let answer = server.ask("POST /api/jobs", KEY, &body);
            assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
            ids.push(json_of(&answer)["job_id"].as_str().unwrap().to_owned());
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        thread::sleep(Duration::from_millis((random >> 33) % 800));
        server.signal("KILL");
        drop(server);
        pass_time(&data);
    }
    let server = Server::start(&arguments);
    let since = Instant::now();
    let mut results = BTreeSet::new();
    for id in &ids {
        let ended = loop {
            let state = json_of(&server.ask(&format!("GET /api/jobs/{id}"), KEY, ""));
            if ["completed", "failed", "cancelled"].iter().any(|status| state["status"] == *status) {
                break state;
            }
            assert!(since.elapsed() < PATIENCE, "{state}");
            // Also sends again what was lost.
            let _ = server.ask("POST /internal/jobs/drain", KEY, "");
            thread::sleep(Duration::from_millis(100));
        };
        assert_eq!(ended["status"], "completed", "{ended}");
        results.insert(
            server
                .ask(&format!("GET /api/jobs/{id}/output"), KEY, "")
                .split_once("\r\n\r\n")
                .unwrap()
                .1
                .to_owned(),
        );
        let deliveries = loop {
            let all = json_of(&server.ask(&format!("GET /api/jobs/{id}/deliveries"), KEY, ""))["deliveries"]
                .clone();
            if all.as_array().unwrap().iter().all(|one| one["status"] == "delivered") {
                break all;
            }
            assert!(since.elapsed() < PATIENCE, "{all}");
            let _ = server.ask("POST /internal/jobs/drain", KEY, "");
            thread::sleep(Duration::from_millis(100));
        };
        assert_eq!(deliveries.as_array().unwrap().len(), 2, "{deliveries}");
        for one in deliveries.as_array().unwrap() {
            assert!(received.lock().unwrap().contains(one["webhook_id"].as_str().unwrap()), "{one}");
        }
    }
    assert_eq!(results.len(), 1, "the same input gave different results");
    drop(server);
    // Each chunk was applied once, and each job ended once.
    let database = Connection::open(data.join("database.sqlite")).unwrap();
    for id in &ids {
        let count = |kind: &str| -> i64 {
            let sql = "SELECT count(*) FROM job_events WHERE kind = ?2 \
                       AND job = (SELECT number FROM jobs WHERE id = ?1)";
            database.query_row(sql, (id, kind), |row| row.get(0)).unwrap()
        };
        assert_eq!(
            [count("queued"), count("processing"), count("progress"), count("completed")],
            [1, 1, 3, 1],
            "events of {id}"
        );
    }
}
