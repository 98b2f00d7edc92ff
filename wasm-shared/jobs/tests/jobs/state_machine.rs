//! What holds of a job whatever happens to it, in whatever order.

use std::time::Duration;

use jobs::{Claim, Event, Failed, Failure, Job, Kind, MOST_ATTEMPTS, MOST_STARTS, Output, Status};
use proptest::prelude::*;

use crate::common::job;

const KEEP: Duration = Duration::from_hours(1);

/// Something that happens to a job. Claims are named by small numbers, so that some are stale.
#[derive(Clone, Debug)]
enum Happening {
    Claim { step: usize, by: u8 },
    Apply { step: usize, by: u8 },
    Complete { by: u8 },
    Fail { step: usize, by: u8, passing: bool },
    Cancel,
    Pass { seconds: i64 },
}

fn happening() -> impl Strategy<Value = Happening> {
    let step = 0..5_usize;
    let by = 0..3_u8;
    prop_oneof![
        6 => (step.clone(), by.clone()).prop_map(|(step, by)| Happening::Claim { step, by }),
        6 => (step.clone(), by.clone()).prop_map(|(step, by)| Happening::Apply { step, by }),
        3 => by.clone().prop_map(|by| Happening::Complete { by }),
        2 => (step, by, any::<bool>()).prop_map(|(step, by, passing)| Happening::Fail { step, by, passing }),
        1 => Just(Happening::Cancel),
        4 => (0..70_i64).prop_map(|seconds| Happening::Pass { seconds }),
    ]
}

fn output(token: &str) -> Output {
    Output { inline: None, token: token.to_owned(), bytes: 0, others: Vec::new() }
}

fn apply(job: &mut Job, happening: &Happening, now: i64) -> Option<Event> {
    let name = |by: &u8| by.to_string();
    match happening {
        Happening::Claim { step, by } => {
            let (claim, event) = job.claim(*step, &name(by), now, KEEP);
            assert_eq!(
                matches!(claim, Claim::Run { first: true }) || claim == Claim::GivenUp,
                event.is_some()
            );
            event
        }
        Happening::Apply { step, by } => job.apply(*step, &name(by)),
        Happening::Complete { by } => job.complete(&name(by), output(&name(by)), now, KEEP),
        Happening::Fail { step, by, passing } => {
            let failure = Failure { passing: *passing, ..Failure::lasting("A", "b") };
            let (failed, event) = job.fail(*step, &name(by), &failure, now, KEEP);
            assert_eq!(failed == Failed::Stale, event.is_none());
            event
        }
        Happening::Cancel => job.cancel(now, KEEP),
        Happening::Pass { .. } => None,
    }
}

proptest! {
    #[test]
    fn whatever_happens_a_job_ends_once_and_no_chunk_is_applied_twice(
        chunks in 0..4_usize,
        happenings in prop::collection::vec(happening(), 0..120),
    ) {
        let mut now = 1_000_000;
        let (mut job, first) = Job::new("job_1".to_owned(), &job("works", "any", chunks), String::new(), now);
        prop_assert_eq!(first.number, 1);
        let mut events = vec![first];
        let mut progress = 0;
        for happening in &happenings {
            if let Happening::Pass { seconds } = happening {
                now += seconds * 1000;
            }
            let before = job.clone();
            let event = apply(&mut job, happening, now);
            if before.status.is_final() {
                prop_assert_eq!(&job, &before, "nothing happens after the end");
                prop_assert!(event.is_none());
            }
            events.extend(event);
            // Whatever is done stays done, by whom it was done.
            for (was, is) in before.steps.iter().zip(&job.steps) {
                prop_assert!(was.done.is_none() || was.done == is.done);
                prop_assert!(is.starts <= MOST_STARTS && is.failures <= MOST_ATTEMPTS);
            }
            prop_assert!(job.progress() >= progress);
            progress = job.progress();
            // A record survives being stored.
            let stored = serde_json::to_string(&job).unwrap();
            let read: Job = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(read.steps, job.steps.clone());
        }
        for (number, event) in events.iter().enumerate() {
            prop_assert_eq!(event.number, number as u64 + 1, "numbers have no gaps");
        }
        let of = |kind: Kind| events.iter().filter(|event| event.kind == kind).count();
        prop_assert!(of(Kind::Progress) <= chunks && of(Kind::Processing) <= 1);
        let ends = of(Kind::Completed) + of(Kind::Failed) + of(Kind::Cancelled);
        prop_assert_eq!(ends, usize::from(job.status.is_final()));
        prop_assert_eq!(job.finished.is_some() && job.expires.is_some(), job.status.is_final());
        prop_assert_eq!(job.status == Status::Failed, job.error.is_some());
        prop_assert_eq!(job.status == Status::Completed, job.output.is_some());
        if job.status == Status::Completed {
            prop_assert_eq!(of(Kind::Progress), chunks, "a result needs every chunk");
        }
    }
}
