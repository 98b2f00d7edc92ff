//! Jobs that a reviewer has to allow.

use std::time::Duration;

use jobs::{
    Approval, NewJob, Status, Submission, Submitted,
    approval::{Decided, Decision, decide, list, tend},
};

use crate::common::{LIMITS, Scene, job};

const REVIEWER: (&str, &str) = ("bob", "key_of_bob");

impl Scene {
    /// Submits a job that needs an approval: its id, and the approval's.
    async fn ask(&self, input: &str) -> (String, String) {
        let id = self.accept(NewJob { approval: Approval::Needed, ..job("works", input, 0) }).await;
        let approval = self.job(&id).await.approval.unwrap();
        (id, approval)
    }

    async fn with(&self, approval: &str, tool: &str, input: &str) -> Submitted {
        let job = NewJob { approval: Approval::Given(approval.to_owned()), ..job(tool, input, 0) };
        self.submit(&Submission { job, idempotency: None }).await
    }

    async fn decide(&self, approval: &str, reviewer: (&str, &str), decision: Decision<'_>) -> Decided {
        decide(&self.platform, &LIMITS, approval, reviewer, decision).await.unwrap()
    }

    async fn approve(&self, approval: &str) {
        let decided = self.decide(approval, REVIEWER, Decision::Approve).await;
        assert!(matches!(decided, Decided::Done(_)), "{decided:?}");
    }

    /// An approval that was given and not used, because its job was cancelled.
    async fn unused(&self, input: &str) -> String {
        let (id, approval) = self.ask(input).await;
        jobs::cancel(&self.platform, &id, &LIMITS).await.unwrap();
        self.approve(&approval).await;
        approval
    }
}

#[tokio::test]
async fn a_job_waits_until_a_reviewer_allows_it_and_then_runs() {
    let scene = Scene::new();
    let (id, approval) = scene.ask("a1").await;
    assert_eq!(scene.job(&id).await.status, Status::PendingApproval);
    scene.drain().await;
    scene.pass(Duration::from_mins(10));
    scene.tend().await;
    assert_eq!(scene.drain().await, 0, "nothing runs");
    scene.approve(&approval).await;
    scene.drain().await;
    assert_eq!(scene.job(&id).await.status, Status::Completed);
    assert_eq!(scene.events(&id).await, ["pending_approval", "queued", "processing", "completed"]);
    assert_eq!(list(&scene.platform, Some("used"), None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_decides_on_what_they_asked_for() {
    let scene = Scene::new();
    let (id, approval) = scene.ask("a2").await;
    for decision in [Decision::Approve, Decision::Reject("no")] {
        assert_eq!(scene.decide(&approval, ("alice", "another_key"), decision).await, Decided::Own);
    }
    assert_eq!(scene.job(&id).await.status, Status::PendingApproval);
    assert_eq!(scene.decide("apr_none", REVIEWER, Decision::Approve).await, Decided::Missing);
}

#[tokio::test]
async fn a_rejected_job_fails_with_the_reason_and_cannot_be_approved_any_more() {
    let scene = Scene::new();
    let (id, approval) = scene.ask("a3").await;
    scene.decide(&approval, REVIEWER, Decision::Reject("too large")).await;
    let job = scene.job(&id).await;
    let error = job.error.unwrap();
    assert_eq!((job.status, error.code.as_str()), (Status::Failed, "APPROVAL_REJECTED"));
    assert!(error.message.contains("too large"));
    let decided = scene.decide(&approval, REVIEWER, Decision::Approve).await;
    assert_eq!(decided, Decided::Already("rejected".to_owned()));
    assert!(matches!(scene.with(&approval, "works", "a3").await, Submitted::NotApproved(_)));
}

#[tokio::test]
async fn an_approval_holds_once_and_for_that_tool_and_input_only() {
    let scene = Scene::new();
    let approval = scene.unused("a4").await;
    for (tool, input) in [("works", "other"), ("flaky", "a4")] {
        assert!(
            matches!(scene.with(&approval, tool, input).await, Submitted::NotApproved(_)),
            "{tool} {input}"
        );
    }
    let Submitted::New(job) = scene.with(&approval, "works", "a4").await else { panic!("it was allowed") };
    scene.drain().await;
    assert_eq!(scene.job(&job.id).await.status, Status::Completed);
    assert!(matches!(scene.with(&approval, "works", "a4").await, Submitted::NotApproved(_)), "once");
}

#[tokio::test]
async fn an_approval_is_its_owners_and_holds_for_a_day() {
    let scene = Scene::new();
    let approval = scene.unused("a5").await;
    let stranger = NewJob {
        owner: "carol".to_owned(),
        approval: Approval::Given(approval.clone()),
        ..job("works", "a5", 0)
    };
    let refused = scene.submit(&Submission { job: stranger, idempotency: None }).await;
    assert!(matches!(refused, Submitted::NotApproved(_)), "{refused:?}");
    scene.pass(Duration::from_hours(24));
    assert!(matches!(scene.with(&approval, "works", "a5").await, Submitted::NotApproved(_)));
}

#[tokio::test]
async fn what_nobody_decides_within_a_day_fails() {
    let scene = Scene::new();
    let (id, approval) = scene.ask("a6").await;
    scene.pass(Duration::from_hours(23));
    tend(&scene.platform, &LIMITS).await.unwrap();
    assert_eq!(scene.job(&id).await.status, Status::PendingApproval);
    scene.pass(Duration::from_hours(1));
    let late = scene.decide(&approval, REVIEWER, Decision::Approve).await;
    assert_eq!(late, Decided::Already("expired".to_owned()));
    tend(&scene.platform, &LIMITS).await.unwrap();
    let job = scene.job(&id).await;
    assert_eq!((job.status, job.error.unwrap().code.as_str()), (Status::Failed, "APPROVAL_EXPIRED"));
}

#[tokio::test]
async fn an_approval_that_was_interrupted_is_taken_up_when_it_is_given_again() {
    let scene = Scene::new();
    for steps in 1.. {
        let input = format!("a7-{steps}");
        let (id, approval) = scene.ask(&input).await;
        scene.world.stop_after(Some(steps));
        let cut = decide(&scene.platform, &LIMITS, &approval, REVIEWER, Decision::Approve).await.is_err();
        scene.world.stop_after(None);
        if !cut && steps > 1 {
            break;
        }
        scene.decide(&approval, REVIEWER, Decision::Approve).await;
        scene.pass(Duration::from_mins(2));
        scene.tend().await;
        scene.drain().await;
        assert_eq!(scene.job(&id).await.status, Status::Completed, "cut after {steps} steps");
        assert!(
            matches!(scene.with(&approval, "works", &input).await, Submitted::NotApproved(_)),
            "used once"
        );
    }
}

#[tokio::test]
async fn jobs_that_wait_for_a_reviewer_count_among_those_that_wait() {
    let scene = Scene::new();
    for number in 0..LIMITS.queued {
        scene.ask(&format!("a8-{number}")).await;
    }
    let job = NewJob { approval: Approval::Needed, ..job("works", "a8", 0) };
    assert_eq!(scene.submit(&Submission { job, idempotency: None }).await, Submitted::Full);
}
