//! What a key may have at the same time, and what a key's requests are told apart by.

use std::time::Duration;

use jobs::{NewJob, Priority, Status, Submission, Submitted};
use platform::queue::drain;

use crate::common::{LIMITS, Scene, TestApplication, job, runs};

#[tokio::test]
async fn jobs_beyond_the_limit_wait_and_follow_by_priority() {
    let scene = Scene::new();
    let mut ids = Vec::new();
    for (name, priority) in [("w1", Priority::Normal), ("w2", Priority::Normal), ("w3", Priority::Low)] {
        ids.push(scene.accept(NewJob { priority, ..job("works", name, 1) }).await);
    }
    // The first message of each: two begin, the third finds no room.
    drain::<TestApplication>(&scene.platform, 3, Duration::from_secs(9)).await.unwrap();
    let high = scene.accept(NewJob { priority: Priority::High, ..job("works", "w4", 0) }).await;
    // Its own first message, before any of the others has ended.
    let status = async |id: &str| scene.job(id).await.status;
    assert_eq!((status(&ids[0]).await, status(&ids[1]).await), (Status::Processing, Status::Processing));
    assert_eq!((status(&ids[2]).await, status(&high).await), (Status::Queued, Status::Queued));
    scene.drain().await;
    for id in ids.iter().chain([&high]) {
        assert_eq!(status(id).await, Status::Completed);
    }
    let (low, high) = (scene.job(&ids[2]).await, scene.job(&high).await);
    assert!(high.started <= low.started, "the clock stands");
    assert_eq!((runs("w3", 0), runs("w4", "finish")), (1, 1));
}

#[tokio::test]
async fn a_waiting_job_begins_when_another_of_its_key_ends() {
    let scene = Scene::new();
    let mut ids = Vec::new();
    for name in ["n1", "n2", "n3"] {
        ids.push(scene.accept(job("fails", name, 1)).await);
    }
    scene.drain().await;
    assert_eq!(scene.job(&ids[2]).await.status, Status::Queued);
    jobs::cancel(&scene.platform, &ids[0], &LIMITS).await.unwrap();
    scene.drain().await;
    assert_eq!(scene.job(&ids[2]).await.status, Status::Processing);
}

#[tokio::test]
async fn a_full_queue_takes_no_more_and_other_keys_are_not_held_up() {
    let scene = Scene::new();
    for name in ["q1", "q2", "q3"] {
        scene.accept(job("works", name, 1)).await;
    }
    let fourth =
        Submission { job: job("works", "q4", 1), idempotency: Some(("key".to_owned(), "a".to_owned())) };
    assert_eq!(scene.submit(&fourth).await, Submitted::Full);
    scene.accept(NewJob { account: "other".to_owned(), ..job("works", "q5", 1) }).await;
    scene.drain().await;
    assert!(
        matches!(scene.submit(&fourth).await, Submitted::New(_)),
        "what was refused left no idempotency key"
    );
}

#[tokio::test]
async fn an_idempotency_key_stands_for_its_job_for_a_day() {
    let scene = Scene::new();
    let with = |digest: &str, owner: &str| Submission {
        job: NewJob { owner: owner.to_owned(), ..job("works", "same", 0) },
        idempotency: Some(("once".to_owned(), digest.to_owned())),
    };
    let Submitted::New(first) = scene.submit(&with("a", "alice")).await else { panic!("not new") };
    assert_eq!(scene.submit(&with("a", "alice")).await, Submitted::Same(first.id.clone()));
    assert_eq!(scene.submit(&with("b", "alice")).await, Submitted::OtherRequest);
    assert!(
        matches!(scene.submit(&with("a", "bob")).await, Submitted::New(_)),
        "another owner's key is another key"
    );
    scene.drain().await;
    scene.pass(Duration::from_hours(24) - Duration::from_secs(1));
    scene.tend().await;
    assert_eq!(scene.submit(&with("a", "alice")).await, Submitted::Same(first.id.clone()));
    scene.pass(Duration::from_secs(1));
    assert!(matches!(scene.submit(&with("b", "alice")).await, Submitted::New(_)));
}

#[tokio::test]
async fn of_twenty_requests_with_one_idempotency_key_one_makes_a_job() {
    let scene = Scene::new();
    let one =
        Submission { job: job("works", "race", 0), idempotency: Some(("once".to_owned(), "a".to_owned())) };
    let (a, b, c, d) =
        tokio::join!(scene.submit(&one), scene.submit(&one), scene.submit(&one), scene.submit(&one));
    let new: Vec<_> =
        [a, b, c, d].into_iter().filter(|submitted| matches!(submitted, Submitted::New(_))).collect();
    assert_eq!(new.len(), 1);
    scene.drain().await;
    assert_eq!(runs("race", "finish"), 1);
}

#[tokio::test]
async fn a_result_that_is_too_large_fails_and_says_so() {
    let scene = Scene::new();
    let id = scene.accept(job("large", "too-large", 0)).await;
    let small = jobs::Limits { result_bytes: 99_999, ..LIMITS };
    let topics = [jobs::TOPIC];
    let message = scene.platform.queue().claim(&topics).await.unwrap().unwrap();
    crate::common::deliver(&scene.platform, &small, &message).await;
    let failed = scene.job(&id).await;
    let error = failed.error.unwrap();
    assert_eq!((failed.status, error.code.as_str()), (Status::Failed, "RESULT_TOO_LARGE"));
    assert!(error.message.contains("100000") && error.message.contains("99999"), "{}", error.message);
    assert_eq!(scene.archived().await, Vec::<String>::new());
}
