//! From a submission to a result, or to another end.

use contract::{
    cases,
    scene::{Scene, Service, at_once},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use super::{JOBS, Somebody, path_of, sweep};
use crate::support::not_at_midnight;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = cases![Scene::Imported =>
        a_sweep_of_ten_thousand_runs_ends_with_its_result,
        a_job_answers_the_bytes_of_the_direct_path,
        a_small_result_comes_with_the_job,
        two_hundred_jobs_of_twenty_clients_each_end_once,
        the_same_idempotency_key_gives_the_same_job,
        another_owners_job_does_not_exist,
        a_cancelled_job_stays_cancelled,
        jobs_are_listed_newest_first_and_by_what_they_are,
        every_bad_field_is_named_and_nothing_is_submitted,
        an_input_is_refused_by_the_reader_of_its_direct_path,
        a_body_that_is_too_large_is_refused,
    ];
    cases.extend(
        cases![Scene::Imported => jobs_want_a_key_with_their_scope].into_iter().map(Case::without_key),
    );
    cases
}

fn a_sweep_of_ten_thousand_runs_ends_with_its_result(service: &Service) {
    let somebody = Somebody::new(service);
    let path = somebody.submit("sweep", &sweep(10_000, 365));
    let ended = somebody.await_end(&path);
    assert_eq!((&ended["status"], &ended["progress"]), (&json!("completed"), &json!(100)), "{ended}");
    assert_eq!(ended["output_url"], format!("{path}/output"), "a large result is not in the job itself");
    let result: Value = serde_json::from_slice(&somebody.result(&path)).expect("JSON");
    assert_eq!(result["runs"], 10_000);
    assert_eq!(result["percentiles"].as_object().map(serde_json::Map::len), Some(5));
    assert_eq!(result["end_values"]["inputs"]["rr"].as_array().map(Vec::len), Some(10_000));
    let output = format!("{path}/output");
    let table = somebody.ask(Method::GET, &output).header("accept", "text/csv").send().expect(200);
    assert_eq!(table.media_type(), "text/csv");
    assert_eq!(table.text().lines().count(), 10_001);
}

fn a_job_answers_the_bytes_of_the_direct_path(service: &Service) {
    not_at_midnight();
    let somebody = Somebody::new(service);
    let goal = json!({"find": "rr", "series": "network_RBP_EIB", "at_least": 1, "by": "2026-01-31"});
    let weekly = json!({"rr": 0.8, "forecast_length_days": 100});
    for (tool, direct, input) in [
        ("sweep", "/simulate/sweep", sweep(150, 60)),
        ("goal", "/simulate/goal", goal),
        ("simulate", "/simulate", weekly),
    ] {
        let expected = somebody.post(direct, &input).expect(200).body;
        let path = somebody.submit(tool, &input);
        assert!(somebody.result(&path) == expected, "{tool}");
    }
    let path = somebody.submit("sweep", &sweep(150, 60));
    somebody.await_end(&path);
    let table = |path: &str, method, body: Option<Value>| {
        let request = somebody.ask(method, path).header("accept", "text/csv");
        body.map_or(request, |_| {
            somebody.ask(Method::POST, path).header("accept", "text/csv").json(&sweep(150, 60))
        })
        .send()
        .expect(200)
        .body
    };
    let direct = table("/simulate/sweep", Method::POST, Some(Value::Null));
    assert!(table(&format!("{path}/output"), Method::GET, None) == direct);
}

fn a_small_result_comes_with_the_job(service: &Service) {
    let somebody = Somebody::new(service);
    let input = json!({"forecast_length_days": 60, "output": "circ_supply"});
    let path = somebody.submit("simulate", &input);
    let ended = somebody.await_end(&path);
    let output: Value = serde_json::from_slice(&somebody.result(&path)).expect("JSON");
    assert_eq!(ended["output"], output);
    assert_eq!(ended.get("output_url"), None);
    for time in ["created_at", "started_at", "finished_at", "expires_at"] {
        assert!(ended[time].as_str().is_some_and(|text| text.ends_with('Z')), "{time} of {ended}");
    }
    assert_eq!((&ended["attempts"], &ended["error"]), (&json!(1), &Value::Null));
}

fn two_hundred_jobs_of_twenty_clients_each_end_once(service: &Service) {
    let ends: Vec<usize> = at_once(20, |client| {
        let somebody = Somebody::new(service);
        let inputs: Vec<Value> = (0..10)
            .map(|job| match job {
                // Some of several steps.
                0 => sweep(20 + client, 40),
                _ => json!({"rr": 0.5 + f64::from(job) / 40.0, "forecast_length_days": 40 + client, "output": "circ_supply"}),
            })
            .collect();
        let tool = |job: usize| if job == 0 { "sweep" } else { "simulate" };
        let paths: Vec<String> =
            inputs.iter().enumerate().map(|(job, input)| somebody.submit(tool(job), input)).collect();
        for (job, path) in paths.iter().enumerate() {
            let ended = somebody.await_end(path);
            assert_eq!(ended["status"], "completed", "{ended}");
            let result: Value = serde_json::from_slice(&somebody.result(path)).expect("JSON");
            assert_eq!(result["input"]["forecast_length_days"], if job == 0 { 40 } else { 40 + client });
            let events = somebody.events(path, None);
            let completed = events.iter().filter(|event| event.event == "completed").count();
            assert_eq!((completed, events[0].id), (1, 1), "{events:?}");
        }
        paths.len()
    });
    assert_eq!(ends.iter().sum::<usize>(), 200);
}

fn the_same_idempotency_key_gives_the_same_job(service: &Service) {
    let (alice, bob) = (Somebody::new(service), Somebody::new(service));
    let body = json!({"tool": "simulate", "input": {"forecast_length_days": 50, "output": "circ_supply"}});
    let other = json!({"tool": "simulate", "input": {"forecast_length_days": 51, "output": "circ_supply"}});
    let post = |who: &Somebody, body: &Value| {
        who.ask(Method::POST, JOBS).header("idempotency-key", "outlook-1").json(body).send()
    };
    let paths = at_once(10, |_| path_of(&post(&alice, &body).expect(202)));
    assert!(paths.iter().all(|path| *path == paths[0]), "{paths:?}");
    assert_eq!(post(&alice, &other).refused(409).code, "IDEMPOTENCY_KEY_REUSED");
    assert_ne!(path_of(&post(&bob, &body).expect(202)), paths[0]);
    alice.await_end(&paths[0]);
    assert_eq!(path_of(&post(&alice, &body).expect(202)), paths[0]);
    let twice = alice.ask(Method::POST, JOBS).header("idempotency-key", "a").header("idempotency-key", "b");
    assert_eq!(twice.json(&body).send().refused(400).code, "BAD_IDEMPOTENCY_KEY");
}

fn another_owners_job_does_not_exist(service: &Service) {
    let (alice, bob) = (Somebody::new(service), Somebody::new(service));
    let path = alice.submit("simulate", &json!({"forecast_length_days": 30, "output": "circ_supply"}));
    alice.await_end(&path);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::GET, format!("{path}/output")),
        (Method::GET, format!("{path}/events")),
        (Method::GET, format!("{path}/stream")),
        (Method::GET, format!("{path}/deliveries")),
        (Method::POST, format!("{path}/deliveries/1/retry")),
        (Method::GET, format!("{JOBS}/job_of_nobody")),
    ] {
        assert_eq!(bob.ask(method, &path).send().refused(404).code, "JOB_NOT_FOUND", "{path}");
    }
    assert_eq!(bob.get(JOBS).ok()["jobs"], json!([]));
    assert_eq!(alice.state(&path)["status"], "completed");
}

fn a_cancelled_job_stays_cancelled(service: &Service) {
    let somebody = Somebody::new(service);
    // Five run at most, so the last ones wait behind work of some seconds.
    let paths: Vec<String> = (0..8).map(|_| somebody.submit("sweep", &sweep(10_000, 1_000))).collect();
    for path in paths.iter().rev() {
        let reply = somebody.ask(Method::DELETE, path).send();
        if reply.status == 409 {
            // Only one that had begun at once can have ended.
            assert_eq!((reply.refused(409).code.as_str(), path == &paths[7]), ("JOB_ENDED", false));
            continue;
        }
        assert_eq!(reply.ok()["status"], "cancelled");
        assert_eq!(somebody.ask(Method::DELETE, path).send().ok()["status"], "cancelled", "again");
    }
    let last = &paths[7];
    let events = somebody.events(last, None);
    assert_eq!(events.last().map(|event| event.event.as_str()), Some("cancelled"));
    assert_eq!(somebody.get(&format!("{last}/output")).refused(404).code, "NO_OUTPUT");
    // What waits behind cancelled jobs goes on.
    let after = somebody.submit("simulate", &json!({"forecast_length_days": 30, "output": "circ_supply"}));
    assert_eq!(somebody.await_end(&after)["status"], "completed");
    assert_eq!(somebody.state(last)["status"], "cancelled");
}

fn jobs_are_listed_newest_first_and_by_what_they_are(service: &Service) {
    let somebody = Somebody::new(service);
    let input = json!({"forecast_length_days": 30, "output": "circ_supply"});
    let ids: Vec<String> = (0..3)
        .map(|_| {
            let path = somebody.submit("simulate", &input);
            somebody.await_end(&path);
            path[JOBS.len() + 1..].to_owned()
        })
        .collect();
    let listed = |query: &str| -> (Vec<String>, Value) {
        let page = somebody.get(&format!("{JOBS}{query}")).ok();
        let jobs = page["jobs"].as_array().expect("a list").iter();
        (
            jobs.map(|job| job["job_id"].as_str().expect("an id").to_owned()).collect(),
            page["next_cursor"].clone(),
        )
    };
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(listed(""), (newest.clone(), Value::Null));
    let (first, next) = listed("?limit=2");
    let (second, end) = listed(&format!("?limit=2&cursor={}", next.as_str().expect("a cursor")));
    assert_eq!((first, second, end), (newest[..2].to_vec(), newest[2..].to_vec(), Value::Null));
    assert_eq!(listed("?status=completed&tool=simulate").0.len(), 3);
    assert_eq!(listed("?status=failed").0.len(), 0);
    let refused = somebody.get(&format!("{JOBS}?status=complete&limit=0&tol=x")).refused(422);
    assert!(refused.of("?status").contains("completed") && refused.of("?tol").contains("tool"));
    refused.of("?limit");
}

fn every_bad_field_is_named_and_nothing_is_submitted(service: &Service) {
    let somebody = Somebody::new(service);
    let body = json!({"tol": "sweep", "tool": "swep", "input": [], "priority": "urgent", "webhook_url": 7});
    let refused = somebody.post(JOBS, &body).refused(422);
    assert!(refused.of("/tool").contains("sweep") && refused.of("/tol").contains("tool"));
    for pointer in ["/input", "/priority", "/webhook_url"] {
        refused.of(pointer);
    }
    assert!(somebody.post(JOBS, &json!({})).refused(422).of("/tool").contains("missing"));
    somebody.post(&format!("{JOBS}?tool=sweep"), &json!({"tool": "sweep"})).refused(422).of("?tool");
    let webhook = json!({"tool": "simulate", "webhook_url": "https://receiver.example.org/hook"});
    assert_eq!(somebody.post(JOBS, &webhook).refused(503).code, "WEBHOOKS_DISABLED");
    assert_eq!(somebody.get(JOBS).ok()["jobs"], json!([]));
}

fn an_input_is_refused_by_the_reader_of_its_direct_path(service: &Service) {
    let somebody = Somebody::new(service);
    for (tool, direct, input) in [
        ("simulate", "/simulate", json!({"rr": 7, "forcast_length_days": 10})),
        ("sweep", "/simulate/sweep", json!({"draws": {"n": 0}, "grid": {"rr": []}})),
        ("goal", "/simulate/goal", json!({"series": "network_RBP"})),
    ] {
        let expected = somebody.post(direct, &input).refused(422).errors;
        let found = somebody.post(JOBS, &json!({"tool": tool, "input": input})).refused(422).errors;
        let below: Vec<_> =
            expected.into_iter().map(|(pointer, detail)| (format!("/input{pointer}"), detail)).collect();
        assert_eq!(found, below, "{tool}");
    }
    let large = json!({"tool": "sweep", "input": sweep(10_001, 30)});
    assert!(somebody.post(JOBS, &large).refused(422).of("/input/draws/n").contains("10000"));
    let mut daily = sweep(10_000, 3_650);
    daily["resolution"] = json!("daily");
    somebody.post(JOBS, &json!({"tool": "sweep", "input": daily})).refused(422).of("/input/output");
}

fn jobs_want_a_key_with_their_scope(service: &Service) {
    let reader = Somebody::with_scopes(service, &["read"]);
    for (method, path) in [
        (Method::POST, JOBS),
        (Method::GET, JOBS),
        (Method::POST, "/api/webhooks/test"),
        (Method::GET, "/api/webhooks/secret"),
        (Method::POST, "/api/webhooks/secret"),
        (Method::DELETE, "/api/webhooks/secret"),
    ] {
        let body = json!({"tool": "simulate", "url": "https://receiver.example.org/hook"});
        let anonymous = service.request(method.clone(), path).json(&body).send();
        assert_eq!(anonymous.status, 401, "{path}");
        assert_eq!(
            reader.ask(method, path).json(&body).send().refused(403).code,
            "INSUFFICIENT_SCOPE",
            "{path}"
        );
    }
    assert_eq!(service.post("/internal/jobs/drain").send().status, 401);
    assert_eq!(reader.post("/internal/jobs/drain", &json!({})).status / 100, 4);
    let drained = service.admin(Method::POST, "/internal/jobs/drain").send().ok();
    assert!(drained["delivered"].is_u64(), "{drained}");
}

fn a_body_that_is_too_large_is_refused(service: &Service) {
    let somebody = Somebody::new(service);
    let vector = vec![0.123_456_789_012_345_67; 60_000];
    let body = json!({"tool": "simulate", "input": {"rr": vector}});
    assert_eq!(somebody.post(JOBS, &body).refused(413).code, "BODY_TOO_LARGE");
}
