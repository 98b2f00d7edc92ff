//! What is counted, how exactly, and what answers say of it.

use access::Limits;
use serde_json::json;
use web::Scope;

use crate::common::{Instance, NOON, OPERATOR, instance, set, with};

const DAY: i64 = 86_400_000;

async fn passed(instances: &[&Instance], calls: usize, key: Option<&str>) -> usize {
    let calls = (0..calls)
        .map(|number| (instances[number % instances.len()].clone(), "/read", key.map(str::to_owned)))
        .collect();
    Instance::let_through(calls).await.into_iter().filter(|passed| *passed).count()
}

#[tokio::test]
async fn of_two_hundred_calls_at_once_on_two_instances_exactly_sixty_pass() {
    let one = instance();
    let other = one.another();
    let key = one.plain_key().await;
    assert_eq!(passed(&[&one, &other], 200, Some(&key)).await, 60);
    assert_eq!(passed(&[&one, &other], 200, None).await, 60, "anonymous ones have a limit of their own");
}

#[tokio::test]
async fn of_calls_at_once_of_which_half_are_anonymous_both_halves_get_what_is_theirs() {
    let one = instance();
    let (other, key) = (one.another(), one.plain_key().await);
    let calls = (0..400)
        .map(|number| {
            let instance = if number % 4 < 2 { one.clone() } else { other.clone() };
            (instance, "/read", (number % 2 == 0).then(|| key.clone()))
        })
        .collect();
    let passed = Instance::let_through(calls).await;
    let half = |rest: usize| passed.iter().skip(rest).step_by(2).filter(|passed| **passed).count();
    assert_eq!((half(0), half(1)), (60, 60));
}

#[tokio::test]
async fn no_boundary_between_windows_lets_a_sixty_first_through() {
    let one = instance();
    assert_eq!(passed(&[&one], 1, None).await, 1);
    set(&one.world, NOON + 59_999);
    assert_eq!(passed(&[&one], 200, None).await, 59);
    set(&one.world, NOON + 60_000);
    assert_eq!(passed(&[&one], 200, None).await, 60);
}

#[tokio::test]
async fn the_day_ends_at_midnight_and_a_slow_clock_does_not_reopen_it() {
    let one = instance();
    let limits = Limits { per_minute: 60, per_day: 3 };
    let (_, key) = one.key(&[Scope::Read], limits, None).await;
    assert_eq!(passed(&[&one], 9, Some(&key)).await, 3);
    let midnight = NOON - NOON.rem_euclid(DAY) + DAY;
    set(&one.world, midnight - 1);
    let refused = one.get_as("/read", &key).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert_eq!(refused.json()["violated-policies"], json!(["day"]));
    set(&one.world, midnight);
    assert_eq!(passed(&[&one], 9, Some(&key)).await, 3);
    set(&one.world, midnight - 70_000);
    assert_eq!(passed(&[&one], 9, Some(&key)).await, 0, "yesterday by the slow clock");
}

#[tokio::test]
async fn a_refused_call_costs_nothing() {
    let one = instance();
    for _ in 0..8 {
        assert_eq!(one.send("POST", "/heavy", &[], "").await.status, 200);
    }
    for _ in 0..20 {
        assert_eq!(one.send("POST", "/heavy", &[], "").await.status, 429, "7 do not fit into 4");
    }
    assert_eq!(passed(&[&one], 20, None).await, 4);
}

#[tokio::test]
async fn a_call_costs_by_its_size_where_its_handler_says_so_and_the_least_where_it_is_refused() {
    let one = instance();
    let send = async |path: &'static str| one.send("POST", path, &[], "").await;
    assert_eq!(send("/sized?size=30").await.left(), 30);
    let refused = send("/sized").await;
    assert_eq!((refused.status, refused.left()), (422, 28), "reading it costs the least");
    let refused = send("/sized?size=29").await;
    assert_eq!((refused.status, refused.code().as_str(), refused.left()), (429, "QUOTA_EXCEEDED", 28));
    assert_eq!(send("/sized?size=28").await.left(), 0);
    let too_large = send("/sized?size=61").await;
    assert_eq!(too_large.status, 429);
    assert!(too_large.text.contains("Ask for less"), "{}", too_large.text);
    let unread = send("/sized").await;
    assert_eq!(unread.status, 429, "also what is refused for another reason is counted");
}

#[tokio::test]
async fn every_limited_answer_says_what_is_left_in_both_forms_and_they_agree() {
    let one = instance();
    for used in 1..=60 {
        let reply = one.get("/read").await;
        assert_eq!((reply.status, reply.header("ratelimit-limit")), (200, Some("60")));
        assert_eq!(reply.left(), 60 - used);
        let reset = reply.header("ratelimit-reset").unwrap();
        let both = format!("\"minute\";r={};t={reset}, \"day\";r={};t=43200", 60 - used, 5_000 - used);
        assert_eq!(reply.header("ratelimit"), Some(both.as_str()));
        let policy = "\"minute\";q=60;w=60, \"day\";q=5000;w=86400";
        assert_eq!(reply.header("ratelimit-policy"), Some(policy));
    }
    set(&one.world, NOON + 20_000);
    let refused = one.get("/read").await;
    assert_eq!((refused.status, refused.code().as_str(), refused.left()), (429, "QUOTA_EXCEEDED", 0));
    assert_eq!(refused.header("retry-after"), Some("40"));
    assert_eq!(refused.header("ratelimit-reset"), Some("40"));
    let problem = refused.json();
    assert_eq!(problem["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert_eq!(problem["violated-policies"], json!(["minute"]));
    assert!(problem["detail"].as_str().unwrap().contains("send a key"), "{problem}");
}

#[tokio::test]
async fn what_is_open_costs_nothing_and_asks_no_store() {
    let one = instance();
    one.world.stop_after(Some(0));
    for headers in [vec![], vec![("authorization", "Bearer mfe_mistyped")]] {
        let reply = one.send("GET", "/health", &headers, "").await;
        assert_eq!((reply.status, reply.header("ratelimit-limit")), (200, None));
    }
    assert_eq!(one.send("OPTIONS", "/jobs", &[], "").await.status, 200);
    let me = one.get("/me").await;
    assert_eq!((me.text.as_str(), me.header("ratelimit-limit")), ("\"anonymous\"", None));
}

#[tokio::test]
async fn a_limited_call_without_a_key_is_one_access_to_the_counter_also_as_an_instances_first() {
    let one = instance();
    one.world.stop_after(Some(1));
    assert_eq!(one.get("/read").await.left(), 59);
    one.world.stop_after(Some(1));
    assert_eq!(one.get("/read").await.left(), 58);
    assert_eq!(one.get("/read").await.header("ratelimit-limit"), None, "the store was asked once");
}

#[tokio::test]
async fn the_operator_is_not_counted() {
    let one = with(&[("ANONYMOUS_REQUESTS_PER_MINUTE", "1")]);
    for _ in 0..3 {
        let reply = one.get_as("/read", OPERATOR).await;
        assert_eq!((reply.status, reply.header("ratelimit-limit")), (200, None));
    }
    assert_eq!(one.get("/read").await.left(), 0);
    assert_eq!(one.get("/read").await.status, 429);
}

#[tokio::test]
async fn a_keys_last_use_is_written_once_a_minute() {
    let one = instance();
    let (id, key) = one.key(&[Scope::Read], Limits::DEFAULT, None).await;
    assert_eq!(one.last_used(&id).await, None);
    for (later, expected) in [(0, 0), (59_999, 0), (60_000, 60_000), (60_001, 60_000)] {
        set(&one.world, NOON + later);
        assert_eq!(one.get_as("/read", &key).await.status, 200);
        assert_eq!(one.last_used(&id).await, Some(NOON + expected));
    }
}
