//! What the tests of jobs have in common.

use jobs::{Approval, NewJob, Priority};

/// A job of an owner's, of which only the tool and the approval matter.
pub(crate) fn job_of(owner: &str, tool: &str, approval: Approval) -> NewJob {
    NewJob {
        owner: owner.to_owned(),
        account: owner.to_owned(),
        tool: tool.to_owned(),
        topic: jobs::TOPIC.to_owned(),
        mandate: String::new(),
        input: "{}".to_owned(),
        source: String::new(),
        chunks: 0,
        priority: Priority::Normal,
        webhook: None,
        approval,
    }
}
