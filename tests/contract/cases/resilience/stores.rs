//! Stores that hang, fail or are slow. How long each call may take is tested with a clock that stands still
//! (`snapshot-store/tests/hanging.rs`, `platform/native/tests/deadlines.rs`); here no answer fails to come.

use contract::{
    calendar::Day,
    http::Reply,
    network::Network,
    operations::{Operation, operations},
    platforms::{Controlled, Instances, Platform},
    scene::{ADMIN_KEY, at_once},
};
use serde_json::json;

use super::Named;
use crate::support::not_at_midnight;

pub(super) const CASES: [Named; 3] = [
    ("every_operation_is_answered_while_a_store_hangs_or_fails", every_operation_is_answered),
    ("what_memory_holds_is_served_while_a_store_hangs_fails_or_is_slow", what_memory_holds_is_served),
    (
        "an_import_ends_wherever_a_store_begins_to_hang_or_fail_and_leaves_the_old_snapshot_or_the_new_one",
        an_import_ends_and_leaves_the_old_or_the_new,
    ),
];

/// How long a store may take; one that is slow takes ten times as long.
const DEADLINE: (&str, &str) = ("STORE_TIMEOUT_MS", "300");
const SLOW: &str = "3000";

const HISTORY: &str = "/historical-data/full?fields=burnt_fil";

/// Bounds how often something is tried that a machine under load may be too slow for.
const TRIES: usize = 50;

fn network(seed: u64) -> Network {
    Network::made_up(Day::named("2026-07-01"), 60, seed)
}

/// Asks until the answer is a success.
fn until_ok(what: &str, ask: impl Fn() -> Reply) -> Reply {
    let answered = (0..TRIES).map(|_| ask()).find(|reply| reply.status == 200);
    answered.unwrap_or_else(|| panic!("{what}: no success in {TRIES} tries"))
}

fn import(server: &Controlled, seed: u64) {
    until_ok("an import", || server.service.import(&network(seed)));
}

fn history(server: &Controlled) -> Reply {
    server.service.get(HISTORY).send()
}

fn every_operation_is_answered(platform: &'static Platform) {
    not_at_midnight();
    let site = super::site(platform, Instances::Kept);
    let server = site.start(&[DEADLINE]);
    import(&server, 1);
    let mut asked = operations(&server.service);
    asked.retain(|operation| !operation.is_endless());
    for (store, _) in server.stores() {
        for how in ["hang", "fail"] {
            server.disturb(&format!("{store} * {how}"));
            for some in asked.chunks(12) {
                at_once(some.len(), |number| is_answered(&server, &some[number], &format!("{store}: {how}")));
            }
            server.disturb("");
        }
    }
    until_ok("the history, when all is well again", || history(&server));
}

fn is_answered(server: &Controlled, operation: &Operation, disturbance: &str) {
    let mut request = server.service.request(operation.method.clone(), &operation.path);
    if !operation.is_sign_in() {
        request = request.bearer(ADMIN_KEY);
    }
    let request = match operation.template.as_str() {
        "/admin/snapshot" => request.json(&network(2).document),
        "/mcp" => request.header("accept", "application/json, text/event-stream").json(
            &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "simulate", "arguments": {}}}),
        ),
        "/api/admin/keys" if operation.method == http::Method::POST => {
            request.json(&json!({"name": "made while a store hangs"}))
        }
        "/api/jobs" if operation.method == http::Method::POST => {
            request.json(&json!({"kind": "sweep", "input": {"rbp": {"from": 1, "to": 2, "count": 2}}}))
        }
        _ if operation.method == http::Method::POST && !operation.is_sign_in() => request.json(&json!({})),
        _ => request,
    };
    let reply = request.send_unchecked().unwrap_or_else(|error| panic!("{disturbance}: {error}"));
    let (status, said) = (reply.status, reply.shown());
    // Who asks for a job of the clock is told that it failed.
    let is_failed_job = status == 502 && operation.template.starts_with("/internal/schedule/");
    // The server that this walk names is not there, whatever the stores do.
    let is_missing_server = status == 502 && operation.template.starts_with("/api/mcp-servers/");
    assert!(
        status < 500 || status == 503 || is_failed_job || is_missing_server,
        "{disturbance}: {}: {status} {said}",
        reply.described
    );
    if status == 503 && !operation.is_sign_in() && !operation.is_mcp() {
        let problem = reply.refused(503);
        assert!(!problem.detail.contains("made to fail"), "the reason is the operator's: {said}");
    }
}

fn what_memory_holds_is_served(platform: &'static Platform) {
    const ASKED: usize = 10;

    not_at_midnight();
    let site = super::site(platform, Instances::Kept);
    let server = site.start(&[DEADLINE]);
    import(&server, 1);
    // Where there are several instances, these are as many as are asked later.
    at_once(4, |_| until_ok("the history", || history(&server)));
    let before = until_ok("the history", || history(&server)).body;
    for (store, _) in server.stores() {
        for how in ["hang", "fail", SLOW] {
            server.disturb(&format!("{store} * {how}"));
            let answers: Vec<_> = (0..ASKED).map(|_| history(&server)).collect();
            let (served, refused): (Vec<_>, Vec<_>) =
                answers.into_iter().partition(|reply| reply.status == 200);
            // An instance that was started meanwhile holds nothing.
            for reply in refused {
                assert_eq!(reply.refused(503).code, "STORAGE_UNAVAILABLE", "{store}: {how}");
            }
            assert!(!served.is_empty(), "{store}: {how}: nobody was served from memory");
            assert!(served.iter().all(|reply| reply.body == before), "{store}: {how}: other data");
            server.disturb("");
        }
    }
}

fn an_import_ends_and_leaves_the_old_or_the_new(platform: &'static Platform) {
    not_at_midnight();
    let site = super::site(platform, Instances::Forgetful);
    let server = site.start(&[DEADLINE]);
    let mut seed = 1;
    import(&server, seed);
    let current = || {
        server.forget();
        until_ok("the history", || history(&server)).body
    };
    let mut old = current();
    let mut refused = 0;
    for (store, calls) in server.stores() {
        for call in *calls {
            // From the first call on, from the second one, and so on, until the import makes no more such calls.
            for (how, most) in [("fail", 40), ("hang", 2)] {
                for after in 0..most {
                    seed += 1;
                    server.disturb(&format!("{store} {call} {how} {after}"));
                    let status = server.service.import(&network(seed)).status;
                    server.disturb("");
                    let now = current();
                    let disturbance = format!("{store} {call} {how} after {after}: {status}");
                    assert!([200, 503].contains(&status), "{disturbance}");
                    if status == 200 {
                        assert_ne!(now, old, "{disturbance}, but what was current before still is");
                    } else {
                        refused += 1;
                    }
                    if now != old {
                        assert!(is_of(&now, seed), "{disturbance}: neither the old snapshot nor the new one");
                    }
                    old = now;
                    if status == 200 && after > 0 {
                        break;
                    }
                }
            }
        }
    }
    assert!(refused >= 5, "only {refused} imports met a disturbance");
}

/// Whether a history is that of a network.
fn is_of(history: &[u8], seed: u64) -> bool {
    let history: serde_json::Value = serde_json::from_slice(history).expect("JSON");
    history["data"]["burnt_fil"] == network(seed).document["offline_data"]["burnt_fil_vec"]
}
