//! The state machine: what holds whatever an engine says, and when.

use std::collections::BTreeSet;

use deployments::deployment::{Deployment, NewDeployment, Observation, Revision, Status, Todo, name_of};
use proptest::prelude::*;
use serde_json::Map;

use crate::templates::template;

const PATIENCE: i64 = 1_000;

fn revision(number: u32) -> Revision {
    let configured = template("github").configure(&Map::new(), &BTreeSet::new(), None).unwrap();
    Revision::new(number, &configured, 1)
}

fn deployment() -> Deployment {
    let new = NewDeployment {
        name: name_of("github", "0123abcd"),
        owner: "somebody".to_owned(),
        title: None,
        template: "github".to_owned(),
        backend: "mock".to_owned(),
        revision: revision(1),
        connect: false,
        server: None,
        fault: None,
    };
    Deployment::new(new, 0, PATIENCE)
}

fn ready() -> Observation {
    Observation::Ready { endpoint: Some("http://x/mcp".to_owned()) }
}

const STARTING: Observation = Observation::Starting { reason: None };

fn failed() -> Observation {
    Observation::Failed { reason: "it fell over".to_owned() }
}

fn running() -> Deployment {
    let mut deployment = deployment();
    deployment.observe(ready(), 1, PATIENCE);
    assert_eq!((deployment.status, deployment.deadline), (Status::Running, None));
    deployment
}

#[test]
fn what_is_not_ready_in_time_has_failed_and_is_removed() {
    let mut deployment = deployment();
    deployment.observe(STARTING, PATIENCE - 1, PATIENCE);
    assert_eq!((deployment.status, deployment.todo), (Status::Deploying, None));
    deployment.observe(Observation::Starting { reason: Some("no image".to_owned()) }, PATIENCE, PATIENCE);
    assert_eq!((deployment.status, deployment.todo), (Status::Failed, Some(Todo::Remove { tell: true })));
    assert_eq!(deployment.reason.as_deref(), Some("It was not ready in time: no image"));
    // What was removed does not come back by itself.
    deployment.todo = None;
    deployment.observe(ready(), PATIENCE + 1, PATIENCE);
    assert_eq!(deployment.status, Status::Failed);
}

#[test]
fn a_change_that_fails_goes_back_and_says_so() {
    for (seen, now) in [(failed(), 20), (STARTING, 10 + PATIENCE), (Observation::Missing, 20)] {
        let mut deployment = running();
        assert_eq!(deployment.change(revision(2), 10, PATIENCE), None);
        deployment.observe(seen, now, PATIENCE);
        assert_eq!((deployment.revision.number, deployment.status), (1, Status::Deploying));
        assert_eq!(deployment.todo, Some(Todo::Apply { stale: Some(2) }));
        deployment.todo = None;
        deployment.observe(ready(), now + 1, PATIENCE);
        assert_eq!(deployment.status, Status::Running);
        assert!(
            deployment
                .reason
                .as_ref()
                .unwrap()
                .starts_with("Went back to revision 1 because revision 2 failed")
        );
        assert_eq!(deployment.next, 3, "no number comes twice");
    }
}

#[test]
fn what_once_ran_is_never_removed_by_itself() {
    let mut deployment = running();
    deployment.observe(failed(), 20, PATIENCE);
    assert_eq!((deployment.status, deployment.todo), (Status::Failed, None));
    deployment.observe(ready(), 30, PATIENCE);
    assert_eq!((deployment.status, &deployment.reason), (Status::Running, &None), "it came up again");
    deployment.observe(STARTING, 40, PATIENCE);
    assert_eq!(deployment.status, Status::Deploying, "it restarts");
    deployment.observe(STARTING, 40 + 10 * PATIENCE, PATIENCE);
    assert_eq!((deployment.status, deployment.todo), (Status::Deploying, None), "it may take its time");
    deployment.observe(Observation::Missing, 50, PATIENCE);
    assert_eq!((deployment.status, deployment.todo), (Status::Failed, None));
}

#[test]
fn a_rollback_goes_back_and_forth_and_a_third_revision_makes_the_oldest_stale() {
    let mut deployment = running();
    assert!(!deployment.clone().roll_back(5, PATIENCE), "nothing to go back to");
    deployment.change(revision(2), 10, PATIENCE);
    deployment.observe(ready(), 11, PATIENCE);
    assert!(deployment.roll_back(20, PATIENCE));
    assert_eq!((deployment.revision.number, deployment.former.as_ref().unwrap().number), (1, 2));
    assert!(deployment.roll_back(30, PATIENCE));
    assert_eq!(deployment.revision.number, 2);
    assert_eq!(deployment.change(revision(3), 40, PATIENCE), Some(1));
    // A rollback that fails does not go on rolling.
    deployment.observe(ready(), 41, PATIENCE);
    deployment.roll_back(50, PATIENCE);
    deployment.observe(failed(), 60, PATIENCE);
    assert_eq!((deployment.status, deployment.revision.number, deployment.todo), (Status::Failed, 2, None));
}

#[test]
fn what_stands_still_stays_so_whatever_is_seen() {
    let mut deployment = running();
    deployment.stop(10);
    assert_eq!(deployment.replicas(), 0);
    for seen in [ready(), STARTING, Observation::Stopped, failed()] {
        deployment.observe(seen, 20, PATIENCE);
        assert_eq!((deployment.status, deployment.todo), (Status::Stopped, None));
    }
    deployment.begin(30, PATIENCE);
    assert_eq!(deployment.replicas(), 1);
    deployment.observe(Observation::Stopped, 31, PATIENCE);
    assert_eq!(deployment.status, Status::Failed, "somebody else stopped it");
}

#[derive(Clone, Debug)]
enum Event {
    Seen(Observation, i64),
    Change,
    RollBack,
    Stop,
    Start,
}

fn event() -> impl Strategy<Value = Event> {
    let seen = prop_oneof![
        Just(ready()),
        Just(STARTING),
        Just(Observation::Stopped),
        Just(failed()),
        Just(Observation::Missing)
    ];
    prop_oneof![
        4 => (seen, 0..2 * PATIENCE).prop_map(|(seen, later)| Event::Seen(seen, later)),
        1 => Just(Event::Change),
        1 => Just(Event::RollBack),
        1 => Just(Event::Stop),
        1 => Just(Event::Start),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_record_stays_whole(events in prop::collection::vec(event(), 1..40)) {
        let mut deployment = deployment();
        let (mut now, mut ran) = (0, false);
        for event in events {
            let numbers = deployment.next;
            match event {
                Event::Seen(seen, later) => {
                    now += later;
                    deployment.observe(seen, now, PATIENCE);
                }
                Event::Change if deployment.ran || deployment.status != Status::Failed => {
                    let number = deployment.next;
                    deployment.change(revision(number), now, PATIENCE);
                }
                Event::RollBack => drop(deployment.roll_back(now, PATIENCE)),
                Event::Stop if deployment.ran => deployment.stop(now),
                Event::Start if deployment.ran => deployment.begin(now, PATIENCE),
                _ => {}
            }
            ran |= deployment.status == Status::Running;
            prop_assert!(deployment.next >= numbers && deployment.revision.number < deployment.next);
            prop_assert!(deployment.former.as_ref().is_none_or(|former| former.number != deployment.revision.number));
            // What ran is never removed by what an engine says.
            let is_removed = matches!(deployment.todo, Some(Todo::Remove { .. }));
            prop_assert!(!(ran && is_removed));
            prop_assert!(deployment.status != Status::Failed || deployment.reason.is_some());
            prop_assert!(deployment.status != Status::Running || deployment.deadline.is_none());
            deployment.todo = None;
        }
    }
}
