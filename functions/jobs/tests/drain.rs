//! What a schedule does by `POST /internal/jobs/drain`. Not beside `watchers.rs`, which measures the memory of its process.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use jobs::{Approval, JobStore, Limits, Status, Submission, Submitted};
use platform::Application as _;
use platform_native::memory::World;
use tower_service::Service as _;
use web::Caller;

#[tokio::test]
async fn a_schedule_ends_what_no_reviewer_decided_in_time() {
    let world = World::default();
    let platform = world.platform();
    let mut app = web::app(jobs_function::Function::routes(), platform.clone());
    let job = common::job_of("alice", "goal", Approval::Needed);
    let store = JobStore::open(&platform).await.unwrap();
    let submission = Submission { job, idempotency: None };
    let Submitted::New(job) = store.submit(&submission, &Limits::default()).await.unwrap() else {
        panic!("it is a new one")
    };
    for (hours, expected) in [(23, Status::PendingApproval), (2, Status::Failed)] {
        world.set_now(platform.clock().now() + Duration::from_hours(hours));
        let mut request = Request::post("/internal/jobs/drain").body(Body::empty()).unwrap();
        request.extensions_mut().insert(Caller::operator());
        assert_eq!(app.call(request).await.unwrap().status(), StatusCode::OK);
        assert_eq!(store.get(&job.id).await.unwrap().unwrap().status, expected);
    }
}
