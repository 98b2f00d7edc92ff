//! What becomes of a job whose steps work, fail, or are done twice.

use std::time::Duration;

use jobs::{Claim, LEASE, MOST_TURNS, NewJob, Status, Write};
use platform::{Application, Delivery, Message, Platform, queue::drain};

use crate::common::{LIMITS, Scene, job, runs};

#[tokio::test]
async fn a_job_ends_with_the_result_of_its_chunks_in_their_order() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "in-order", 4)).await;
    assert_eq!(scene.job(&id).await.status, Status::Queued);
    scene.drain().await;
    let done = scene.job(&id).await;
    assert_eq!((done.status, done.progress(), done.attempts()), (Status::Completed, 100, 1));
    assert_eq!(scene.output(&id).await, "\"in-order:0 in-order:1 in-order:2 in-order:3\"");
    let events = ["queued", "processing", "progress", "progress", "progress", "progress", "completed"];
    assert_eq!(scene.events(&id).await, events);
    assert_eq!(
        scene.archived().await,
        Vec::<String>::new(),
        "chunks are removed, and a small result is in the record"
    );
}

#[tokio::test]
async fn a_job_without_chunks_is_done_in_one_step() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "one-step", 0)).await;
    assert_eq!(scene.drain().await, 1);
    assert_eq!(scene.job(&id).await.status, Status::Completed);
}

#[tokio::test]
async fn a_large_result_lies_in_the_archive() {
    let scene = Scene::new();
    let id = scene.accept(job("large", "large", 1)).await;
    scene.drain().await;
    let done = scene.job(&id).await;
    assert_eq!(
        done.output.as_ref().map(|output| (output.bytes, output.inline.is_none())),
        Some((100_000, true))
    );
    assert_eq!(scene.output(&id).await.len(), 100_000);
    assert_eq!(jobs::output(&scene.platform, &done, true).await.unwrap().unwrap(), b"a,b");
    assert_eq!(scene.archived().await.len(), 2, "the result in two forms, and no chunks");
}

#[tokio::test]
async fn a_job_that_always_fails_is_tried_again_after_2_4_and_8_seconds_and_becomes_a_dead_letter() {
    let scene = Scene::new();
    let id = scene.accept(job("fails", "always", 1)).await;
    for (attempt, wait) in [(1, 2), (2, 4), (3, 8)] {
        assert_eq!(scene.drain().await, 1);
        assert_eq!((runs("always", 0), scene.job(&id).await.status), (attempt, Status::Processing));
        scene.pass(Duration::from_millis(wait * 1000 - 1));
        assert_eq!(scene.drain().await, 0, "attempt {attempt} is followed by a wait of {wait} s");
        scene.pass(Duration::from_millis(1));
    }
    assert_eq!(scene.drain().await, 1);
    let failed = scene.job(&id).await;
    assert_eq!((runs("always", 0), failed.status, failed.attempts()), (4, Status::Failed, 4));
    let error = failed.error.unwrap();
    assert_eq!((error.code.as_str(), error.message.as_str()), ("NO_LUCK", "It did not work."));
    assert_eq!(
        scene.events(&id).await,
        ["queued", "processing", "retrying", "retrying", "retrying", "failed"]
    );
    let letters = scene.platform.queue().dead_letters(None, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert!(
        letters[0].reason.contains(&id) && letters[0].reason.contains("NO_LUCK"),
        "{}",
        letters[0].reason
    );
    scene.pass(Duration::from_hours(1));
    assert_eq!((scene.drain().await, runs("always", 0)), (0, 4));
}

#[tokio::test]
async fn a_job_that_fails_three_times_ends_well() {
    let scene = Scene::new();
    let id = scene.accept(job("flaky", "thrice", 2)).await;
    for _ in 0..4 {
        scene.drain().await;
        scene.pass(Duration::from_secs(8));
    }
    scene.drain().await;
    let done = scene.job(&id).await;
    assert_eq!((done.status, done.attempts()), (Status::Completed, 4));
    assert_eq!(scene.output(&id).await, "\"thrice:0 thrice:1\"");
}

#[tokio::test]
async fn what_cannot_work_is_not_tried_again() {
    let scene = Scene::new();
    let id = scene.accept(job("refuses", "never", 1)).await;
    scene.drain().await;
    let failed = scene.job(&id).await;
    assert_eq!((failed.status, failed.attempts(), runs("never", 0)), (Status::Failed, 1, 1));
    assert_eq!(failed.error.unwrap().code, "NEVER");
}

#[tokio::test]
async fn a_step_whose_worker_hangs_is_taken_over_after_its_lease() {
    let scene = Scene::new();
    let id = scene.accept(job("hangs", "hung", 1)).await;
    // A worker that never comes back.
    let hung = tokio::time::timeout(Duration::from_millis(50), scene.drain()).await;
    assert!(hung.is_err() && runs("hung", 0) == 1);
    scene.pass(Duration::from_millis(59_999));
    assert_eq!((scene.drain().await, runs("hung", 0)), (0, 1), "the lease still holds");
    scene.pass(Duration::from_millis(1));
    assert_eq!(LEASE, Duration::from_mins(1));
    scene.drain().await;
    let done = scene.job(&id).await;
    assert_eq!((done.status, runs("hung", 0)), (Status::Completed, 2));
}

#[tokio::test]
async fn a_worker_that_was_thought_dead_changes_nothing_any_more() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "late", 1)).await;
    let store = scene.store().await;
    let now = scene.now();
    let claimed = store.change(&id, 5, |job| job.claim(0, "slow", now, LIMITS.keep_failed)).await.unwrap();
    assert!(matches!(claimed, Write::Done { decided: Claim::Run { first: true }, .. }));
    scene.pass(LEASE);
    scene.drain().await;
    let done = scene.job(&id).await;
    assert_eq!(done.status, Status::Completed);
    let late = store.change(&id, 5, |job| (job.apply(0, "slow").is_some(), None)).await.unwrap();
    assert!(matches!(late, Write::Done { decided: false, .. }));
    assert_eq!(scene.job(&id).await, done);
}

#[tokio::test]
async fn a_message_that_comes_twice_runs_its_step_once() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "doubled", 2)).await;
    for step in [0, 1, 2, 0, 1] {
        let body = format!("{{\"job\":\"{id}\",\"step\":{step}}}");
        let again = platform::Outgoing::new(jobs::TOPIC, body);
        scene.platform.queue().send(again).await.unwrap();
    }
    scene.drain().await;
    assert_eq!(scene.job(&id).await.status, Status::Completed);
    assert_eq!((runs("doubled", 0), runs("doubled", 1), runs("doubled", "finish")), (1, 1, 1));
}

#[tokio::test]
async fn a_job_that_is_cancelled_between_two_chunks_computes_no_more_of_them() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "cut", 3)).await;
    drain::<crate::common::TestApplication>(&scene.platform, 2, Duration::from_secs(9)).await.unwrap();
    assert_eq!(scene.job(&id).await.chunks_done(), 2);
    let (job, ended) = jobs::cancel(&scene.platform, &id, &LIMITS).await.unwrap().unwrap();
    assert_eq!((job.status, ended), (Status::Cancelled, true));
    scene.drain().await;
    assert_eq!(
        (scene.job(&id).await.status, runs("cut", 2), runs("cut", "finish")),
        (Status::Cancelled, 0, 0)
    );
    assert_eq!(scene.archived().await, Vec::<String>::new());
    assert_eq!(scene.events(&id).await.last().unwrap(), "cancelled");
    let (_, again) = jobs::cancel(&scene.platform, &id, &LIMITS).await.unwrap().unwrap();
    assert!(!again);
}

#[tokio::test]
async fn workers_at_the_same_time_apply_each_chunk_once() {
    let scene = Scene::new();
    let id = scene.accept(job("works", "crowd", 40)).await;
    // The first message sends the others.
    drain::<crate::common::TestApplication>(&scene.platform, 1, Duration::from_secs(9)).await.unwrap();
    let (a, b, c, d) = tokio::join!(scene.drain(), scene.drain(), scene.drain(), scene.drain());
    assert!([a, b, c, d].iter().filter(|delivered| **delivered > 0).count() > 1, "one worker did it all");
    // A worker may find nothing while the last chunk of another is still under way.
    scene.drain().await;
    assert_eq!(scene.job(&id).await.status, Status::Completed);
    assert!((0..40).all(|chunk| runs("crowd", chunk) == 1) && runs("crowd", "finish") == 1);
    assert_eq!(scene.events(&id).await.len(), 43);
}

#[tokio::test]
async fn a_step_of_many_phases_goes_on_where_it_was_and_tells_its_progress() {
    let scene = Scene::new();
    let id = scene.accept(job("phases", "phases", 0)).await;
    assert_eq!(scene.drain().await, 2, "the first phase, and the second at once");
    let job = scene.job(&id).await;
    assert_eq!((job.status, job.progress()), (Status::Processing, 60));
    assert_eq!(jobs::view::of(&job)["phase"], "b");
    assert_eq!(scene.archived().await.len(), 1, "what it kept before is not there any more");
    scene.pass(Duration::from_millis(9_999));
    assert_eq!(scene.drain().await, 0, "it wanted to wait ten seconds");
    scene.pass(Duration::from_millis(1));
    scene.drain().await;
    assert_eq!(scene.job(&id).await.steps[0].failures, 1, "a phase that fails is tried again");
    scene.pass(Duration::from_secs(2));
    scene.drain().await;
    assert_eq!(scene.job(&id).await.status, Status::Completed);
    assert_eq!(scene.output(&id).await, "\"abc\"");
    assert_eq!(runs("phases", "finish"), 4, "no phase is done twice");
    let events = ["queued", "processing", "progress", "progress", "retrying", "completed"];
    assert_eq!(scene.events(&id).await, events);
    assert_eq!(scene.archived().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_process_that_is_killed_between_phases_does_none_of_them_again() {
    let mut scene = Scene::new();
    let id = scene.accept(job("phases", "killed-phases", 0)).await;
    scene.drain().await;
    // Another process, which remembers nothing, and no message.
    scene.platform = scene.world.platform();
    let delete = platform::Statement::new("DELETE FROM queue_messages", []);
    scene.platform.database().run(vec![delete]).await.unwrap();
    for _ in 0..3 {
        scene.pass(Duration::from_secs(100));
        scene.tend().await;
        scene.drain().await;
    }
    assert_eq!(scene.output(&id).await, "\"abc\"");
    assert_eq!(runs("killed-phases", "finish"), 4);
}

#[tokio::test]
async fn a_step_that_goes_on_for_ever_fails_its_job() {
    let scene = Scene::new();
    let id = scene.accept(job("endless", "endless", 0)).await;
    drain::<crate::common::TestApplication>(&scene.platform, 3, Duration::from_secs(9)).await.unwrap();
    let events = ["queued", "processing", "progress"];
    assert_eq!(scene.events(&id).await, events, "the same phase is told once");
    // As if it had gone on so often already.
    let store = scene.store().await;
    let often = store.change(&id, 5, |job| {
        job.steps[0].turns = MOST_TURNS;
        ((), None)
    });
    often.await.unwrap();
    scene.drain().await;
    let failed = scene.job(&id).await;
    assert_eq!((failed.status, failed.error.unwrap().code.as_str()), (Status::Failed, "ENDLESS"));
}

#[tokio::test]
async fn a_job_of_a_topic_that_an_application_does_not_know_waits_for_one_that_does() {
    struct Forecasts;
    impl Application for Forecasts {
        type Services = ();
        const TOPICS: &'static [&'static str] = &[jobs::TOPIC];
        fn routes() -> axum::Router<Platform> {
            axum::Router::new()
        }
        async fn deliver(platform: Platform, message: Message) -> Delivery {
            jobs::deliver(&platform, &LIMITS, &|_| None, &message).await
        }
    }
    let scene = Scene::new();
    let slow = NewJob { topic: jobs::SLOW_TOPIC.to_owned(), ..job("works", "slow", 0) };
    let id = scene.accept(slow).await;
    assert_eq!(drain::<Forecasts>(&scene.platform, 9, Duration::from_mins(1)).await.unwrap(), 0);
    assert_eq!(scene.job(&id).await.status, Status::Queued);
    scene.drain().await;
    assert_eq!(scene.job(&id).await.status, Status::Completed);
}

#[tokio::test]
async fn a_slow_step_has_five_minutes() {
    let scene = Scene::new();
    let slow = NewJob { topic: jobs::SLOW_TOPIC.to_owned(), ..job("hangs", "slowly", 1) };
    let id = scene.accept(slow).await;
    let hung = tokio::time::timeout(Duration::from_millis(50), scene.drain()).await;
    assert!(hung.is_err() && runs("slowly", 0) == 1);
    scene.pass(Duration::from_millis(299_999));
    assert_eq!((scene.drain().await, runs("slowly", 0)), (0, 1), "the lease still holds");
    scene.pass(Duration::from_millis(1));
    scene.drain().await;
    assert_eq!((scene.job(&id).await.status, runs("slowly", 0)), (Status::Completed, 2));
}

#[tokio::test]
async fn a_job_of_a_tool_that_this_release_has_not_fails_and_says_so() {
    let scene = Scene::new();
    let id = scene.accept(job("unknown", "unknown", 0)).await;
    scene.drain().await;
    let failed = scene.job(&id).await;
    assert_eq!((failed.status, failed.error.unwrap().code.as_str()), (Status::Failed, "UNKNOWN_TOOL"));
}
