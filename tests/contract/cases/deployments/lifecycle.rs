//! From a template to a running server, and on to its end.

use contract::{
    cases,
    scene::{Scene, Service, at_once},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use super::{DEPLOYMENTS, Refusal as _, Somebody, TOKEN, terraform};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        a_deployment_runs_is_changed_stopped_started_rolled_back_and_removed,
        the_same_idempotency_key_gives_the_same_deployment,
        twenty_requests_of_one_key_at_once_make_one_deployment,
        another_owners_deployment_does_not_exist,
        a_deployment_that_the_engine_refuses_leaves_nothing_behind,
        a_server_that_never_becomes_ready_is_told_with_the_reason,
        a_server_that_ends_at_once_fails_and_is_removed,
        deployments_are_listed_newest_first_as_the_engine_sees_them,
    ]
}

fn a_deployment_runs_is_changed_stopped_started_rolled_back_and_removed(service: &Service) {
    let somebody = Somebody::new(service);
    let path = somebody.deploy(&terraform());
    let name = path.rsplit('/').next().unwrap().to_owned();
    let digits = name.strip_prefix("mcp-terraform-").expect("the template's name");
    assert!(digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");

    let running = somebody.state(&format!("{path}/"));
    assert_eq!((&running["status"], &running["mock"]), (&json!("running"), &json!(true)), "{running}");
    assert_eq!(
        running["configuration"],
        json!({"address": "https://tfe.example.com", "token": "********", "operations": true})
    );
    assert!(running["endpoint"].as_str().is_some_and(|endpoint| endpoint.contains(&name)), "{running}");

    // The secret stays as it was, and `null` takes away.
    let change = json!({"configuration": {"address": null, "operations": false}, "replicas": 3});
    let changed = somebody.send(Method::PATCH, &path, &change).expect(202).json()["deployment"].clone();
    assert_eq!(changed["configuration"], json!({"token": "********", "operations": false}));
    assert_eq!((&changed["revision"], &changed["replicas"]), (&json!(2), &json!(3)));
    assert_eq!(somebody.state(&path)["status"], "running");

    let stopped = somebody.post(&format!("{path}/stop/"), 200);
    assert_eq!(stopped["status"], "stopped");
    assert_eq!(somebody.state(&path)["status"], "stopped");
    somebody.post(&format!("{path}/start/"), 202);
    assert_eq!(somebody.state(&path)["status"], "running");

    somebody.post(&format!("{path}/rollback/"), 202);
    let back = somebody.state(&path);
    assert_eq!((&back["revision"], &back["former_revision"]), (&json!(1), &json!(2)));
    assert_eq!(back["configuration"]["address"], "https://tfe.example.com");
    somebody.post(&format!("{path}/rollback"), 202);
    assert_eq!(somebody.state(&path)["revision"], 2, "once more goes forward again");

    let logs = somebody.get(&format!("{path}/logs/?lines=2")).expect(200).json();
    assert_eq!(logs["lines"].as_array().map(Vec::len), Some(2), "{logs}");

    let deleted = somebody.ask(Method::DELETE, &format!("{path}/delete/")).send().expect(200).json();
    assert_eq!(deleted["deployment_name"], name.as_str());
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::DELETE, format!("{path}/delete/")),
        (Method::POST, format!("{path}/stop")),
        (Method::GET, format!("{path}/logs")),
    ] {
        somebody.ask(method, &path).send().problem(404, "DEPLOYMENT_NOT_FOUND");
    }
}

fn the_same_idempotency_key_gives_the_same_deployment(service: &Service) {
    let somebody = Somebody::new(service);
    let ask = |key: &str, body: &Value| {
        somebody
            .ask(Method::POST, "/api/templates/deploy/terraform")
            .header("idempotency-key", key)
            .json(body)
            .send()
    };
    let name =
        |reply: contract::http::Reply| reply.expect(202).json()["deployment"]["deployment_name"].clone();
    let first = name(ask("one", &terraform()));
    assert_eq!(name(ask("one", &terraform())), first);
    assert_ne!(name(ask("two", &terraform())), first);
    ask("one", &json!({"backend": "mock"})).problem(409, "IDEMPOTENCY_KEY_REUSED");
    ask("a,b", &terraform()).problem(400, "BAD_IDEMPOTENCY_KEY");
    // A deployment that failed does not stand in the way of another try.
    ask("three", &json!({"backend": "mock", "fault": "refused"})).problem(502, "ENGINE_REFUSED");
    name(ask("three", &terraform()));
}

fn twenty_requests_of_one_key_at_once_make_one_deployment(service: &Service) {
    let somebody = Somebody::new(service);
    let names = at_once(20, |_| {
        let reply = somebody
            .ask(Method::POST, "/api/templates/deploy/terraform")
            .header("idempotency-key", "at once")
            .json(&terraform())
            .send()
            .expect(202);
        reply.json()["deployment"]["deployment_name"].as_str().unwrap().to_owned()
    });
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    assert_eq!(somebody.get(DEPLOYMENTS).expect(200).json()["count"], 1);
}

fn another_owners_deployment_does_not_exist(service: &Service) {
    let (one, other) = (Somebody::new(service), Somebody::new(service));
    let path = one.deploy(&terraform());
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/stop")),
        (Method::POST, format!("{path}/start")),
        (Method::POST, format!("{path}/rollback")),
        (Method::GET, format!("{path}/logs")),
    ] {
        other.ask(method, &path).send().problem(404, "DEPLOYMENT_NOT_FOUND");
    }
    other.send(Method::PATCH, &path, &json!({"replicas": 2})).problem(404, "DEPLOYMENT_NOT_FOUND");
    assert_eq!(other.get(DEPLOYMENTS).expect(200).json()["count"], 0);
    assert_eq!(one.state(&path)["status"], "running");
}

fn a_deployment_that_the_engine_refuses_leaves_nothing_behind(service: &Service) {
    let somebody = Somebody::new(service);
    for (fault, code) in [
        ("image", "IMAGE_UNAVAILABLE"),
        ("refused", "ENGINE_REFUSED"),
        ("forbidden", "ENGINE_FORBIDDEN"),
        ("unreachable", "ENGINE_UNREACHABLE"),
    ] {
        let body = json!({"configuration": {"token": TOKEN}, "backend": "mock", "fault": fault});
        somebody.send(Method::POST, "/api/templates/deploy/terraform", &body).problem(502, code);
    }
    assert_eq!(somebody.get(DEPLOYMENTS).expect(200).json(), json!({"deployments": [], "count": 0}));
}

fn a_server_that_never_becomes_ready_is_told_with_the_reason(service: &Service) {
    let somebody = Somebody::new(service);
    let path = somebody.deploy(&json!({"backend": "mock", "fault": "never-ready"}));
    let state = somebody.state(&path);
    assert_eq!(
        (&state["status"], &state["reason"]),
        (&json!("deploying"), &json!("the server is not ready")),
        "{state}"
    );
    // A change heals it: the fault is of the first revision.
    let _ = somebody.send(Method::PATCH, &path, &json!({"configuration": {"token": TOKEN}})).expect(202);
    assert_eq!(somebody.state(&path)["status"], "running");
}

fn a_server_that_ends_at_once_fails_and_is_removed(service: &Service) {
    let somebody = Somebody::new(service);
    let path = somebody.deploy(&json!({"backend": "mock", "fault": "crash"}));
    let state = somebody.state(&path);
    assert_eq!(
        (&state["status"], &state["reason"]),
        (&json!("failed"), &json!("The server ended with code 1")),
        "{state}"
    );
    somebody.get(&format!("{path}/logs")).problem(404, "DEPLOYMENT_NOT_RUNNING");
    somebody.ask(Method::POST, &format!("{path}/start")).send().problem(409, "DEPLOYMENT_FAILED");
    let _ = somebody.ask(Method::DELETE, &path).send().expect(200);
}

fn deployments_are_listed_newest_first_as_the_engine_sees_them(service: &Service) {
    let somebody = Somebody::new(service);
    let titled = |title: &str| json!({"backend": "mock", "name": title});
    let (first, second) = (somebody.deploy(&titled("the first")), somebody.deploy(&titled("the second")));
    somebody.post(&format!("{first}/stop"), 200);
    let list = somebody.get(&format!("{DEPLOYMENTS}/")).expect(200).json();
    let told: Vec<_> = list["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deployment| (deployment["name"].as_str().unwrap(), deployment["status"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("the second", "running"), ("the first", "stopped")]);
    assert!(second.ends_with(list["deployments"][0]["deployment_name"].as_str().unwrap()));
}
