//! A task as it is kept, and how it goes on.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat};
use rmcp::model::{DetailedTask, ErrorData, InputRequests, JsonObject, Task, TaskPayload, TaskStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Later, SHORTEST_PAUSE_MS};
use crate::{Answers, Ask, Error};

/// The largest task that is kept, in bytes of its JSON: half of what D1 takes as one value.
const LARGEST: usize = 1 << 20;

/// How long a step may take before it counts as lost, and the tool is called again.
const STEP_MS: u64 = 30_000;

/// How often a client is to look after a task that waits for its user.
const ASKING_POLL_MS: u64 = 1_000;

/// A call of a tool that is not finished, or was.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) tool: String,
    pub(super) arguments: JsonObject,
    /// Who began it, where callers are known: other callers do not see it.
    pub(super) caller: Option<String>,
    created_ms: u64,
    updated_ms: u64,
    ttl_ms: u64,
    poll_ms: u64,
    message: Option<String>,
    /// Keys of everything that was ever asked: the protocol lets none be used again.
    asked: BTreeSet<String>,
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
        Self {
            tool,
            arguments,
            caller,
            created_ms: now_ms,
            updated_ms: now_ms,
            ttl_ms,
            poll_ms: SHORTEST_PAUSE_MS,
            message: None,
            asked: BTreeSet::new(),
            stage,
        }
    }

    pub(super) const fn expires_ms(&self) -> u64 {
        self.created_ms.saturating_add(self.ttl_ms)
    }

    /// What the tool is to be called with, if it is time to call it. The request that stores the record does the step; it is due
    /// again should nothing come of that.
    pub(super) fn claim(&mut self, now_ms: u64) -> Option<Answers> {
        match &mut self.stage {
            Stage::Working { due_ms, state, answers } if *due_ms <= now_ms => {
                *due_ms = now_ms.saturating_add(STEP_MS);
                Some(Answers::new(answers.clone(), state.clone()))
            }
            _ => None,
        }
    }

    /// Gives a claimed step back, so that another request can do it.
    pub(super) fn give_back(&mut self, now_ms: u64) {
        if let Stage::Working { due_ms, .. } = &mut self.stage {
            *due_ms = now_ms;
        }
    }

    /// The tool has more to do.
    pub(super) fn go_on(&mut self, later: Later, now_ms: u64) {
        let due_ms = now_ms.saturating_add(later.after_ms);
        self.enter(Stage::Working { due_ms, state: later.state, answers: JsonObject::new() }, now_ms);
        self.poll_ms = later.after_ms.max(SHORTEST_PAUSE_MS);
        self.message = later.message;
    }

    /// The tool has a question.
    ///
    /// # Errors
    ///
    /// One that it asked before: a client would take it for answered.
    pub(super) fn ask(&mut self, ask: Ask, now_ms: u64) -> Result<(), Error> {
        let Ask { requests, state } = ask.require_something()?;
        for key in requests.keys() {
            if !self.asked.insert(key.clone()) {
                return Err(Error::internal(format!("The tool asked twice under the key `{key}`")));
            }
        }
        let answers = JsonObject::new();
        if requests.is_empty() {
            // Nothing to answer: something to remember only.
            self.enter(Stage::Working { due_ms: now_ms, state, answers }, now_ms);
        } else {
            self.enter(Stage::InputRequired { requests, state, answers }, now_ms);
            self.poll_ms = ASKING_POLL_MS;
        }
        Ok(())
    }

    pub(super) fn complete(&mut self, result: JsonObject, now_ms: u64) {
        self.end(Stage::Completed { result }, now_ms);
    }

    pub(super) fn fail(&mut self, error: &ErrorData, now_ms: u64) {
        let message = error.message.to_string();
        let error = serde_json::to_value(error).ok().and_then(|error| error.as_object().cloned());
        self.end(Stage::Failed { error: error.unwrap_or_default() }, now_ms);
        self.message = Some(message);
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
            self.end(Stage::Cancelled, now_ms);
        }
        !ended
    }

    fn end(&mut self, stage: Stage, now_ms: u64) {
        self.enter(stage, now_ms);
        // The tool is not called again.
        self.arguments = JsonObject::new();
    }

    fn enter(&mut self, stage: Stage, now_ms: u64) {
        self.stage = stage;
        self.updated_ms = now_ms;
        self.message = None;
    }

    /// What the client has to answer, if anything.
    pub(super) fn asks(&self) -> Option<&InputRequests> {
        match &self.stage {
            Stage::InputRequired { requests, .. } => Some(requests),
            _ => None,
        }
    }

    /// What is said of it in every stage; as it is, that of a working one.
    pub(super) fn task(&self, id: &str) -> Task {
        let mut task = Task::new(id, TaskStatus::Working, date(self.created_ms), date(self.updated_ms))
            .with_ttl_ms(self.ttl_ms)
            .with_poll_interval_ms(self.poll_ms);
        task.status_message.clone_from(&self.message);
        task
    }

    /// The task as it stands.
    pub(super) fn detailed(self, id: &str) -> DetailedTask {
        let task = self.task(id);
        let payload = match self.stage {
            Stage::Working { .. } => TaskPayload::Working,
            Stage::InputRequired { requests, .. } => TaskPayload::InputRequired { input_requests: requests },
            Stage::Completed { result } => TaskPayload::Completed { result },
            Stage::Failed { error } => TaskPayload::Failed { error },
            Stage::Cancelled => TaskPayload::Cancelled,
        };
        DetailedTask::new(task, payload)
    }

    /// The record as it is kept.
    ///
    /// # Errors
    ///
    /// One that is too large to be kept.
    pub(super) fn write(&self) -> Result<String, Error> {
        let text = serde_json::to_string(self)
            .map_err(|why| Error::internal(format!("The task is not JSON: {why}")))?;
        if text.len() > LARGEST {
            return Err(Error::internal(format!(
                "The task is larger than {LARGEST} bytes, which cannot be kept"
            )));
        }
        Ok(text)
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
