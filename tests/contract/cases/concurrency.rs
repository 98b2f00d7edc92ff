//! Many callers at once: each gets what it would have got alone.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use contract::{
    calendar::Day,
    cases,
    network::Network,
    scene::{Scene, Service, at_once},
    suite::Case,
};
use serde_json::{Value, json};

use crate::support::{DAILY, WEEKLY, not_at_midnight};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::AnyNetwork =>
            fifty_forecasts_at_once_answer_as_each_does_alone,
            different_questions_at_once_do_not_mix,
        ],
        cases![Scene::Operated =>
            while_the_snapshot_is_replaced_each_answer_is_wholly_of_one,
            many_imports_at_once_leave_one_whole_snapshot,
        ],
    ]
    .into_iter()
    .flatten()
    .collect()
}

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
    not_at_midnight();
    let networks = ["2026-05-01", "2026-05-02"]
        .map(|current| Network::made_up(Day::named(current), 150, current.len() as u64 + 20));
    let request = json!({"forecast_length_days": 120});
    let ask = || service.post(DAILY).json(&request).send().expect(200).body;
    let of_each = networks.each_ref().map(|network| {
        let _ = service.import(network).ok();
        ask()
    });
    assert_ne!(of_each[0], of_each[1]);
    let (asked, seen) = (AtomicUsize::new(0), [const { AtomicBool::new(false) }; 2]);
    at_once(9, |worker| {
        if worker == 0 {
            // One replaces the snapshot back and forth until the others have asked fifty times.
            for turn in 0.. {
                let _ = service.import(&networks[turn % 2]).ok();
                if asked.load(Ordering::Relaxed) >= 50 && turn >= 6 {
                    break;
                }
                assert!(turn < 2000, "fifty forecasts should have been answered by now");
            }
        } else {
            while asked.fetch_add(1, Ordering::Relaxed) < 50 {
                let answer = ask();
                let whose = of_each.iter().position(|known| *known == answer);
                seen[whose.expect("an answer from the one snapshot or from the other")]
                    .store(true, Ordering::Relaxed);
            }
        }
    });
    let other = service.import(&networks[0]).ok();
    assert_eq!(other["current_date"], "2026-05-01");
    assert!(seen.iter().any(|seen| seen.load(Ordering::Relaxed)));
    assert_eq!(ask(), of_each[0], "the last import is current when all is quiet again");
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
