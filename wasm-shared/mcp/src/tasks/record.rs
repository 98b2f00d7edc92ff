//! A task as it is kept, and how it goes on.

use chrono::{DateTime, SecondsFormat};
use rmcp::model::{DetailedTask, InputRequests, JsonObject, Task, TaskPayload, TaskStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Later;
use crate::{Answers, Ask, Error};

/// A call of a tool that is not finished, or was.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) tool: String,
    pub(super) arguments: JsonObject,
    /// Who began it, where callers are known: nobody else gets to see it.
    pub(super) caller: Option<String>,
    created_ms: u64,
    updated_ms: u64,
    ttl_ms: u64,
    poll_ms: u64,
    message: Option<String>,
    stage: Stage,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The tool is to be called, with this, when the time has come.
    Working {
        due_ms: u64,
        state: Option<Value>,
        answers: JsonObject,
    },
    /// The client has to answer what is left of `requests` first.
    InputRequired {
        requests: InputRequests,
        state: Option<Value>,
        answers: JsonObject,
    },
    Completed {
        result: JsonObject,
    },
    Failed {
        error: JsonObject,
    },
    Cancelled,
}

impl Record {
    pub(super) fn new(
        tool: String,
        arguments: JsonObject,
        caller: Option<String>,
        now_ms: u64,
        ttl_ms: u64,
    ) -> Self {
        let stage = Stage::Working { due_ms: now_ms, state: None, answers: JsonObject::new() };
        let (created_ms, updated_ms, poll_ms) = (now_ms, now_ms, 1);
        Self { tool, arguments, caller, created_ms, updated_ms, ttl_ms, poll_ms, message: None, stage }
    }

    pub(super) const fn expires_ms(&self) -> u64 {
        self.created_ms.saturating_add(self.ttl_ms)
    }

    /// What the tool is to be called with, if it is time to call it.
    pub(super) fn due(&self, now_ms: u64) -> Option<Answers> {
        match &self.stage {
            Stage::Working { due_ms, state, answers } if *due_ms <= now_ms => {
                Some(Answers::new(answers.clone(), state.clone()))
            }
            _ => None,
        }
    }

    /// The tool has more to do.
    pub(super) fn go_on(&mut self, later: Later, now_ms: u64) {
        // The protocol has no interval of zero.
        self.poll_ms = later.after_ms.max(1);
        self.message = later.message;
        let due_ms = now_ms.saturating_add(later.after_ms);
        self.enter(Stage::Working { due_ms, state: later.state, answers: JsonObject::new() }, now_ms);
    }

    /// The tool has a question.
    pub(super) fn ask(&mut self, ask: Ask, now_ms: u64) {
        let Ask { requests, state } = ask;
        let answers = JsonObject::new();
        // Nothing to answer: something to remember only.
        let stage = if requests.is_empty() {
            Stage::Working { due_ms: now_ms, state, answers }
        } else {
            Stage::InputRequired { requests, state, answers }
        };
        self.enter(stage, now_ms);
    }

    pub(super) fn complete(&mut self, result: JsonObject, now_ms: u64) {
        self.enter(Stage::Completed { result }, now_ms);
    }

    pub(super) fn fail(&mut self, error: JsonObject, now_ms: u64) {
        self.enter(Stage::Failed { error }, now_ms);
    }

    /// Takes what the client answered, and says whether that changed anything: answers to what was not asked, or is
    /// answered already, are left aside.
    pub(super) fn answer(&mut self, given: &JsonObject, now_ms: u64) -> bool {
        let Stage::InputRequired { requests, state, answers } = &mut self.stage else { return false };
        let outstanding = requests.len();
        for (key, answer) in given {
            if requests.remove(key).is_some() {
                answers.insert(key.clone(), answer.clone());
            }
        }
        if requests.len() == outstanding {
            return false;
        }
        if requests.is_empty() {
            let (state, answers) = (state.take(), std::mem::take(answers));
            self.stage = Stage::Working { due_ms: now_ms, state, answers };
        }
        self.updated_ms = now_ms;
        true
    }

    /// Gives it up, and says whether that changed anything: what has ended stays as it ended.
    pub(super) fn cancel(&mut self, now_ms: u64) -> bool {
        let ended = matches!(self.stage, Stage::Completed { .. } | Stage::Failed { .. } | Stage::Cancelled);
        if !ended {
            self.enter(Stage::Cancelled, now_ms);
        }
        !ended
    }

    fn enter(&mut self, stage: Stage, now_ms: u64) {
        self.stage = stage;
        self.updated_ms = now_ms;
    }

    /// What the client has to answer, if anything.
    pub(super) fn asks(&self) -> Option<Ask> {
        match &self.stage {
            Stage::InputRequired { requests, .. } => Some(Ask { requests: requests.clone(), state: None }),
            _ => None,
        }
    }

    /// The task as it begins: working, and nothing but.
    pub(super) fn begun(&self, id: &str) -> Task {
        let mut task = Task::new(id, TaskStatus::Working, date(self.created_ms), date(self.updated_ms))
            .with_ttl_ms(self.ttl_ms)
            .with_poll_interval_ms(self.poll_ms);
        task.status_message.clone_from(&self.message);
        task
    }

    /// The task as it stands.
    pub(super) fn detailed(self, id: &str) -> DetailedTask {
        let task = self.begun(id);
        let payload = match self.stage {
            Stage::Working { .. } => TaskPayload::Working,
            Stage::InputRequired { requests, .. } => TaskPayload::InputRequired { input_requests: requests },
            Stage::Completed { result } => TaskPayload::Completed { result },
            Stage::Failed { error } => TaskPayload::Failed { error },
            Stage::Cancelled => TaskPayload::Cancelled,
        };
        DetailedTask::new(task, payload)
    }

    pub(super) fn write(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|why| Error::internal(format!("The task is not JSON: {why}")))
    }

    pub(super) fn read(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|_| {
            Error::internal("The task was kept by another version of this server; begin it again")
        })
    }
}

/// Milliseconds of Unix time as the protocol writes them.
fn date(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis);
    time.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}
