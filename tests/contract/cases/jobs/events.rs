//! A job's events, while they happen and afterwards.

use contract::{
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;

use super::{Somebody, sweep};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        a_stream_tells_everything_and_ends_after_the_last_event,
        a_stream_that_is_cut_after_any_event_goes_on_without_gap_or_repeat,
    ]
}

fn a_stream_tells_everything_and_ends_after_the_last_event(service: &Service) {
    let somebody = Somebody::new(service);
    let path = somebody.submit("sweep", &sweep(4_000, 365));
    // The reply ends by itself, when the job has.
    let live = somebody.events(&path, None);
    assert_eq!(somebody.state(&path)["status"], "completed");
    let kinds: Vec<&str> = live.iter().map(|event| event.event.as_str()).collect();
    assert!(
        kinds.starts_with(&["queued", "processing", "progress"])
            && kinds.ends_with(&["progress", "completed"])
    );
    let progress: Vec<u64> =
        live.iter().map(|event| event.data["progress"].as_u64().expect("a number")).collect();
    assert!(progress.is_sorted() && progress.last() == Some(&100), "{progress:?}");
    assert!(live.iter().enumerate().all(|(index, event)| event.id == index as u64 + 1), "no gap: {live:?}");
    assert_eq!(somebody.events(&path, None), live, "afterwards too");
    let alias = somebody.ask(Method::GET, &format!("{path}/stream")).send().expect(200);
    assert_eq!(super::happened(alias.text()), live);
}

fn a_stream_that_is_cut_after_any_event_goes_on_without_gap_or_repeat(service: &Service) {
    let somebody = Somebody::new(service);
    let path = somebody.submit("sweep", &sweep(6_000, 365));
    somebody.await_end(&path);
    let all = somebody.events(&path, None);
    assert!(all.len() >= 5, "{all:?}");
    for (seen, event) in all.iter().enumerate() {
        let rest = somebody.events(&path, Some(event.id));
        assert_eq!(rest, all[seen + 1..], "after {}", event.id);
    }
    assert_eq!(somebody.events(&path, Some(u64::MAX)), []);
}
