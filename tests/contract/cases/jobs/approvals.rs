//! Jobs that a reviewer has to allow.

use contract::{
    platforms::Platform,
    scene::ADMIN_KEY,
    suite::{Ask, Case},
};
use http::Method;
use serde_json::json;

use super::{JOBS, Somebody, start, sweep};

pub(crate) fn cases() -> Vec<Case> {
    let ask = Ask::Platform(jobs_of_listed_tools_wait_for_a_reviewer_who_is_somebody_else);
    let name = "jobs_of_listed_tools_wait_for_a_reviewer_who_is_somebody_else";
    vec![Case { name: format!("{}::{name}", module_path!()), ask }]
}

fn jobs_of_listed_tools_wait_for_a_reviewer_who_is_somebody_else(platform: &'static Platform) {
    let (running, client) = start(platform, &[("REQUIRE_APPROVAL", "simulate, goal")]);
    let somebody = Somebody::made(&client, ADMIN_KEY, &["read", "jobs", "approve"]);
    let reviewer = Somebody::made(&client, ADMIN_KEY, &["approve"]);
    let input = json!({"forecast_length_days": 30, "output": "circ_supply"});
    let body = |approval: &str| json!({"tool": "simulate", "input": input, "approval_id": approval});
    let submit = || somebody.post(JOBS, &json!({"tool": "simulate", "input": input})).expect(202);
    let decide = |of: &Somebody<'_>, id: &str, what: &str| {
        of.post(&format!("/api/approval/{id}/{what}"), &json!({"reason": "too costly"}))
    };
    let approve =
        |of: &Somebody<'_>, id: &str| of.ask(Method::POST, &format!("/api/approval/{id}/approve")).send();

    // A tool that is not listed begins at once.
    let free = somebody.post(JOBS, &json!({"tool": "sweep", "input": sweep(20, 30)})).expect(202);
    assert_eq!(free.json()["status"], "queued");

    let reply = submit();
    assert_eq!(reply.json()["status"], "pending_approval");
    let path = super::path_of(&reply);
    let id = somebody.state(&path)["approval_id"].as_str().expect("an id").to_owned();
    let pending = reviewer.get("/api/approval/pending").ok();
    assert_eq!(
        (&pending["approvals"][0]["approval_id"], &pending["approvals"][0]["input"]),
        (&json!(id), &input)
    );
    assert_eq!(approve(&somebody, &id).refused(403).code, "OWN_REQUEST");
    assert_eq!(somebody.post(JOBS, &body(&id)).refused(403).code, "APPROVAL_REFUSED");
    assert_eq!(approve(&reviewer, &id).ok()["status"], "used");
    assert_eq!(somebody.await_end(&path)["status"], "completed");
    assert_eq!(somebody.post(JOBS, &body(&id)).refused(403).code, "APPROVAL_REFUSED", "once");
    assert_eq!(approve(&reviewer, &id).refused(409).code, "APPROVAL_DECIDED");

    let path = super::path_of(&submit());
    let id = somebody.state(&path)["approval_id"].as_str().expect("an id").to_owned();
    assert_eq!(decide(&reviewer, &id, "reject").ok()["reason"], "too costly");
    let ended = somebody.await_end(&path);
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("failed"), &json!("APPROVAL_REJECTED")));

    // Cancelled before it was approved: the same may be submitted once more, and nothing else.
    let path = super::path_of(&submit());
    let id = somebody.state(&path)["approval_id"].as_str().expect("an id").to_owned();
    let _ = somebody.ask(Method::DELETE, &path).send().ok();
    assert_eq!(approve(&reviewer, &id).ok()["status"], "approved");
    let other = json!({"tool": "simulate", "input": {"forecast_length_days": 31}, "approval_id": id});
    assert_eq!(somebody.post(JOBS, &other).refused(403).code, "APPROVAL_REFUSED");
    let again = somebody.post(JOBS, &body(&id)).expect(202);
    assert_eq!(somebody.await_end(&super::path_of(&again))["status"], "completed");
    assert_eq!(somebody.post(JOBS, &body(&id)).refused(403).code, "APPROVAL_REFUSED");

    let report = reviewer.get("/api/approval/report").ok();
    assert_eq!(report["counts"], json!({"rejected": 1, "used": 2}));
    assert_eq!(decide(&reviewer, "nothing", "reject").refused(404).code, "APPROVAL_NOT_FOUND");
    drop(running);
}
