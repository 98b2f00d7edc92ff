//! What a key may have at the same time, and how large a result may be.

use contract::{
    platforms::Platform,
    scene::ADMIN_KEY,
    suite::{Ask, Case},
};
use http::Method;
use serde_json::json;

use super::{JOBS, Somebody, start, sweep};

pub(crate) fn cases() -> Vec<Case> {
    [
        (
            "more_jobs_than_may_wait_are_429_and_those_that_wait_go_on",
            more_jobs_than_may_wait_are_429_and_those_that_wait_go_on as fn(&'static Platform),
        ),
        ("a_result_that_is_too_large_fails_and_says_so", a_result_that_is_too_large_fails_and_says_so),
    ]
    .map(|(name, ask)| Case { name: format!("{}::{name}", module_path!()), ask: Ask::Platform(ask) })
    .into()
}

fn more_jobs_than_may_wait_are_429_and_those_that_wait_go_on(platform: &'static Platform) {
    let (running, client) = start(platform, &[("JOBS_RUNNING_PER_KEY", "1"), ("JOBS_QUEUED_PER_KEY", "2")]);
    let somebody = Somebody::made(&client, ADMIN_KEY, &["read", "jobs"]);
    let mut accepted = Vec::new();
    // One runs for some seconds and two wait; on Spin nobody has asked, so nothing runs yet.
    let refused = loop {
        let reply = somebody.post(JOBS, &json!({"tool": "sweep", "input": sweep(10_000, 1_000)}));
        if reply.status != 202 {
            break reply;
        }
        accepted.push(super::path_of(&reply));
        assert!(accepted.len() <= 10, "the queue has no end");
    };
    assert!(refused.must_have("retry-after").parse::<u32>().is_ok());
    assert_eq!(refused.refused(429).code, "QUEUE_FULL");
    assert!(accepted.len() >= 2);
    let other = Somebody::made(&client, ADMIN_KEY, &["read", "jobs"]);
    let quick = other.submit("simulate", &json!({"forecast_length_days": 30, "output": "circ_supply"}));
    for path in &accepted[..accepted.len() - 1] {
        let _ = somebody.ask(Method::DELETE, path).send();
    }
    assert_eq!(other.await_end(&quick)["status"], "completed", "another key is not held up");
    let last = accepted.last().expect("one at least");
    assert_eq!(somebody.await_end(last)["status"], "completed", "it begins when the one before it ends");
    drop(running);
}

fn a_result_that_is_too_large_fails_and_says_so(platform: &'static Platform) {
    let (running, client) = start(platform, &[("JOB_RESULT_BYTES", "2000")]);
    let somebody = Somebody::made(&client, ADMIN_KEY, &["read", "jobs"]);
    let path = somebody.submit("sweep", &sweep(20, 40));
    let ended = somebody.await_end(&path);
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("failed"), &json!("RESULT_TOO_LARGE")));
    assert!(ended["error"]["message"].as_str().is_some_and(|text| text.contains("2000")), "{ended}");
    drop(running);
}
