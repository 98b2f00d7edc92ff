//! Many callers at once: each gets what it would have got alone.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use contract::{
    calendar::Day,
    cases,
    network::Network,
    scene::{Scene, Service, at_once},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use crate::support::{DAILY, WEEKLY, assert_same_bits, not_at_midnight, numbers};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::AnyNetwork =>
            fifty_forecasts_at_once_answer_as_each_does_alone,
            different_questions_at_once_do_not_mix,
        ],
        cases![Scene::Operated =>
            while_the_snapshot_is_replaced_each_answer_is_wholly_of_one,
            many_imports_at_once_leave_one_whole_snapshot,
            imports_of_one_date_at_once_leave_one_snapshot_that_the_archive_has,
        ],
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Far longer than fifty answers take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

/// A question of its own for each number.
fn question(number: usize) -> Value {
    json!({
        "rbp": 1.0 + number as f64 / 7.0, "rr": 0.5 + number as f64 / 200.0,
        "forecast_length_days": 200 + number, "sector_duration_days": 180 + number,
    })
}

fn fifty_forecasts_at_once_answer_as_each_does_alone(service: &Service) {
    not_at_midnight();
    let ask = |number: usize| service.post(WEEKLY).json(&question(number)).send().expect(200).body;
    let alone: Vec<_> = (0..50).map(ask).collect();
    let together = at_once(50, ask);
    for (number, (alone, together)) in alone.iter().zip(&together).enumerate() {
        assert!(alone == together, "question {number}");
    }
}

fn different_questions_at_once_do_not_mix(service: &Service) {
    not_at_midnight();
    let ask = |number: usize| match number % 5 {
        0 => service.post(DAILY).json(&question(number)).send(),
        1 => service.get("/historical-data").send(),
        2 => service.post(DAILY).json(&json!({"rbp": -1})).send(),
        3 => service.get("/health").send(),
        _ => service.post(WEEKLY).json(&question(number)).header("accept", "text/csv").send(),
    };
    let alone: Vec<_> = (0..50).map(ask).collect();
    let together = at_once(50, ask);
    for (alone, together) in alone.iter().zip(&together) {
        assert_eq!((alone.status, alone.media_type()), (together.status, together.media_type()));
        assert!(alone.body == together.body, "{}", alone.described);
    }
}

fn while_the_snapshot_is_replaced_each_answer_is_wholly_of_one(service: &Service) {
    const ASKERS: usize = 50;

    not_at_midnight();
    let networks = ["2026-05-01", "2026-05-02"]
        .map(|current| Network::made_up(Day::named(current), 150, current.len() as u64 + 20));
    let request = json!({"forecast_length_days": 120});
    let ask = || service.post(DAILY).json(&request).send().expect(200).body;
    let [new, old] = [1, 0].map(|which| {
        let _ = service.import(&networks[which]).ok();
        ask()
    });
    assert_ne!(old, new);
    let (of_old, of_new, replaced) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    at_once(ASKERS + 1, |worker| {
        if worker == 0 {
            // However this ends, the others must not ask for ever.
            let _end = Raise(&replaced);
            // Of the old one are the answers that come before the first replacement begins.
            let since = Instant::now();
            while of_old.load(Ordering::SeqCst) == 0 {
                assert!(since.elapsed() < PATIENCE, "no answer before the first replacement");
                thread::sleep(Duration::from_millis(2));
            }
            // Back and forth until the askers have met both in between, and the new one last.
            let before = [&of_old, &of_new].map(|count| count.load(Ordering::SeqCst));
            loop {
                for network in [&networks[1], &networks[0], &networks[1]] {
                    let _ = service.import(network).ok();
                }
                let now = [&of_old, &of_new].map(|count| count.load(Ordering::SeqCst));
                if now[0] > before[0] && now[1] > before[1] {
                    break;
                }
                assert!(since.elapsed() < PATIENCE, "while it was replaced, nobody was answered from both");
            }
        } else {
            loop {
                let is_last = replaced.load(Ordering::SeqCst);
                let answer = ask();
                let is_new = answer == new;
                assert!(
                    is_new || answer == old,
                    "an answer that is neither of the old one nor of the new one"
                );
                if is_new { &of_new } else { &of_old }.fetch_add(1, Ordering::SeqCst);
                if is_last {
                    // Asked for after the last replacement was answered. KV promises no more than that a write is seen
                    // at once where it was made; wrangler has one place only, so here that is every asker's.
                    assert!(is_new, "an old answer after the replacement");
                    break;
                }
            }
        }
    });
    let last = service.import(&networks[0]).ok();
    assert_eq!(last["current_date"], "2026-05-01");
    assert_eq!(ask(), old, "the last import is current when all is quiet again");
}

/// Sets a flag at the end of a scope, also where a panic ends it.
struct Raise<'a>(&'a AtomicBool);

impl Drop for Raise<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn many_imports_at_once_leave_one_whole_snapshot(service: &Service) {
    not_at_midnight();
    let networks: Vec<_> = (0..6)
        .map(|number| Network::made_up(Day::named("2026-06-01") + number, 120, 40 + number as u64))
        .collect();
    let request = json!({"forecast_length_days": 60});
    let ask = || service.post(DAILY).json(&request).send().expect(200).body;
    let of_each: Vec<_> = networks
        .iter()
        .map(|network| {
            let _ = service.import(network).ok();
            ask()
        })
        .collect();
    at_once(networks.len(), |number| service.import(&networks[number]).ok());
    let answer = ask();
    assert!(of_each.contains(&answer), "whichever came last, it is one of them and whole");
    assert_eq!(ask(), answer);
}

fn imports_of_one_date_at_once_leave_one_snapshot_that_the_archive_has(service: &Service) {
    const ROUNDS: usize = 4;

    not_at_midnight();
    let networks: Vec<_> =
        (0..6).map(|seed| Network::made_up(Day::named("2026-07-01"), 120, 60 + seed)).collect();
    for importers in [2, 3, 6] {
        for round in 0..ROUNDS {
            let replies = at_once(importers, |number| service.import(&networks[number]));
            assert!(replies.iter().all(|reply| reply.status == 200), "{importers} at once, round {round}");
            let current = service.history("/historical-data/full?fields=burnt_fil");
            let exported = service.admin(Method::GET, "/admin/snapshots/2026-07-01").send().ok();
            assert_same_bits(
                &format!("burnt_fil after {importers} at once, round {round}"),
                &numbers(&exported["offline_data"]["burnt_fil_vec"]),
                &numbers(&current["burnt_fil"]),
            );
        }
    }
}
