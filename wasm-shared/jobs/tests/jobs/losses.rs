//! Processes that die anywhere, and messages that are lost.

use std::time::Duration;

use jobs::{MOST_STARTS, Status};
use platform::Statement;

use crate::common::{Scene, job, runs};

/// Lets so much time pass that every lease has ended and every lost message is sent again, and works until nothing is left.
async fn recover(scene: &Scene) {
    for _ in 0..6 {
        scene.pass(Duration::from_secs(100));
        scene.tend().await;
        scene.drain().await;
    }
}

#[tokio::test]
async fn a_process_that_is_killed_anywhere_costs_time_and_nothing_else() {
    let mut whole = None;
    for steps in 0..200 {
        let mut scene = Scene::new();
        let input = format!("killed-{steps}");
        let id = scene.accept(job("works", &input, 3)).await;
        scene.world.stop_after(Some(steps));
        let drained = platform::queue::drain::<crate::common::TestApplication>(
            &scene.platform,
            100,
            Duration::from_mins(1),
        )
        .await;
        scene.world.stop_after(None);
        let untouched = drained.is_ok() && scene.job(&id).await.status == Status::Completed;
        // Another process, which remembers nothing.
        scene.platform = scene.world.platform();
        recover(&scene).await;
        let done = scene.job(&id).await;
        assert_eq!(done.status, Status::Completed, "killed after {steps} calls");
        assert_eq!(
            scene.output(&id).await,
            format!("\"{input}:0 {input}:1 {input}:2\""),
            "after {steps} calls"
        );
        let events = scene.events(&id).await;
        let count = |kind: &str| events.iter().filter(|event| *event == kind).count();
        assert_eq!(
            (count("processing"), count("progress"), count("completed")),
            (1, 3, 1),
            "each chunk is applied once, after {steps} calls: {events:?}"
        );
        if untouched {
            whole = Some(steps);
            break;
        }
    }
    assert!(whole.is_some_and(|steps| steps > 20), "{whole:?}");
}

#[tokio::test]
async fn finished_chunks_are_not_computed_again_after_a_death() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "kept", 3)).await;
    platform::queue::drain::<crate::common::TestApplication>(&scene.platform, 2, Duration::from_secs(9))
        .await
        .unwrap();
    forget_messages(&scene).await;
    recover(&scene).await;
    assert_eq!(scene.job(&id).await.status, Status::Completed);
    assert!((0..3).all(|chunk| runs("kept", chunk) == 1));
}

async fn forget_messages(scene: &Scene) {
    let delete = Statement::new("DELETE FROM queue_messages", []);
    scene.platform.database().run(vec![delete]).await.unwrap();
}

#[tokio::test]
async fn a_lost_message_is_sent_again_by_the_schedule() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "lost", 2)).await;
    forget_messages(&scene).await;
    scene.pass(Duration::from_secs(89));
    scene.tend().await;
    assert_eq!(scene.drain().await, 0);
    scene.pass(Duration::from_secs(1));
    scene.tend().await;
    scene.tend().await;
    scene.drain().await;
    assert_eq!(scene.job(&id).await.status, Status::Completed);
}

#[tokio::test]
async fn a_step_that_kills_every_worker_fails_its_job_in_the_end() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "poison", 1)).await;
    let store = scene.store().await;
    for start in 0..MOST_STARTS {
        let now = scene.now();
        let token = format!("victim-{start}");
        store.change(&id, 5, |job| job.claim(0, &token, now, Duration::from_hours(24))).await.unwrap();
        scene.pass(jobs::LEASE);
    }
    recover(&scene).await;
    let failed = scene.job(&id).await;
    assert_eq!((failed.status, failed.error.unwrap().code.as_str()), (Status::Failed, "WORKER_LOST"));
    assert_eq!(runs("poison", 0), 0);
}
