//! When jobs are hidden and removed.

use std::time::Duration;

use jobs::{Cursor, Status};
use platform::Statement;

use crate::common::{Scene, job};

async fn rows(scene: &Scene) -> i64 {
    let count = "SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM job_inputs) + (SELECT count(*) FROM job_events)";
    let outcomes = scene.platform.database().run(vec![Statement::new(count, [])]).await.unwrap();
    outcomes[0].rows[0][0].as_i64().unwrap()
}

#[tokio::test]
async fn a_completed_job_is_hidden_after_an_hour_and_removed_by_the_schedule() {
    let scene = Scene::new();
    let id = scene.accept(job("large", "hour", 2)).await;
    scene.drain().await;
    let store = scene.store().await;
    scene.pass(Duration::from_hours(1) - Duration::from_millis(1));
    scene.tend().await;
    assert!(store.find(&id, "alice").await.unwrap().is_some());
    assert_eq!(store.find(&id, "bob").await.unwrap(), None, "another owner's job");
    let all = Cursor { limit: 10, ..Cursor::default() };
    assert_eq!(store.list("alice", &all).await.unwrap().jobs.len(), 1);
    scene.pass(Duration::from_millis(1));
    assert_eq!(store.find(&id, "alice").await.unwrap(), None, "hidden at once");
    assert_eq!(store.list("alice", &all).await.unwrap().jobs, []);
    assert!(!scene.archived().await.is_empty());
    scene.tend().await;
    assert_eq!((rows(&scene).await, scene.archived().await), (0, Vec::new()));
}

#[tokio::test]
async fn a_failed_job_is_kept_for_a_day_and_one_that_goes_on_for_ever() {
    let scene = Scene::new();
    let failed = scene.accept(job("refuses", "day", 1)).await;
    let waits = scene.accept(job("works", "waits", 1)).await;
    let topics = [jobs::TOPIC];
    let message = scene.platform.queue().claim(&topics).await.unwrap().unwrap();
    crate::common::deliver(&scene.platform, &crate::common::LIMITS, &message).await;
    let store = scene.store().await;
    scene.pass(Duration::from_hours(24) - Duration::from_millis(1));
    assert_eq!(store.find(&failed, "alice").await.unwrap().unwrap().status, Status::Failed);
    scene.pass(Duration::from_hours(2));
    scene.tend().await;
    assert_eq!(store.get(&failed).await.unwrap(), None);
    assert!(store.find(&waits, "alice").await.unwrap().is_some());
}

#[tokio::test]
async fn a_list_is_newest_first_page_by_page_and_of_one_owner() {
    let scene = Scene::new();
    let mut ids = Vec::new();
    for name in ["l1", "l2", "l3"] {
        ids.push(scene.accept(job("works", name, 0)).await);
        scene.drain().await;
    }
    scene.accept(jobs::NewJob { owner: "bob".to_owned(), ..job("works", "l4", 0) }).await;
    let store = scene.store().await;
    let first = store.list("alice", &Cursor { limit: 2, ..Cursor::default() }).await.unwrap();
    assert_eq!(
        first.jobs.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(),
        [ids[2].as_str(), ids[1].as_str()]
    );
    let second =
        store.list("alice", &Cursor { limit: 2, before: first.next, ..Cursor::default() }).await.unwrap();
    assert_eq!((second.jobs.len(), second.jobs[0].id.as_str(), second.next), (1, ids[0].as_str(), None));
    let of =
        |status, tool: Option<&str>| Cursor { status, tool: tool.map(str::to_owned), before: None, limit: 9 };
    assert_eq!(store.list("alice", &of(Some("queued"), None)).await.unwrap().jobs.len(), 0);
    assert_eq!(store.list("alice", &of(Some("completed"), Some("works"))).await.unwrap().jobs.len(), 3);
    assert_eq!(store.list("alice", &of(None, Some("other"))).await.unwrap().jobs.len(), 0);
}
