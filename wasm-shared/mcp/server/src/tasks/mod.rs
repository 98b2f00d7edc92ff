//! Tasks: work that outlives the request that began it (the extension `io.modelcontextprotocol/tasks`, SEP-2663).
//!
//! A tool that is not done yet returns [`Later`]. What it remembers there is kept in a [`TaskStore`], the client is given the
//! task's name and asks for it again with `tasks/get`, and every such request, once it is due, calls the tool again with what
//! it remembered: an edge function works while it is asked, and never between two requests. So a tool that waits for
//! something elsewhere looks after it each time, and one that has much to compute does a part of it each time.

mod methods;
mod record;

pub(crate) use methods::{Method, Methods, declares_tasks, takes_too_long, tasks_extension};

use std::{future::Future, pin::Pin};

use serde::Serialize;
use serde_json::Value;

use crate::{Error, input::state_of};

/// Not done yet: the tool is to be called again, with the same arguments and with what it remembers.
///
/// To a client that takes tasks the call becomes one, or goes on being one. For any other the server waits and calls the tool
/// again before it answers ([`Host::wait`](crate::Host::wait)).
///
/// Of several requests for one task, one does the next step. Should nothing come of it within half a minute, because the
/// instance was stopped, another does it again: a step must be such that doing it twice does no harm.
///
/// ```
/// use mcp::{Answers, Error, Later, Reply};
///
/// /// Counts to three, one step a call.
/// fn count(answers: &Answers) -> Result<Reply<String>, Error> {
///     match answers.remembered::<u32>()?.unwrap_or(0) {
///         3 => Ok(Reply::Done("Counted to 3.".to_owned())),
///         counted => Ok(Reply::Later(Later::after_ms(500).remember(&(counted + 1))?)),
///     }
/// }
/// # assert!(matches!(count(&Answers::default()), Ok(Reply::Later(_))));
/// ```
#[derive(Clone, Debug)]
pub struct Later {
    pub(crate) after_ms: u64,
    pub(crate) state: Option<Value>,
    pub(crate) message: Option<String>,
    pub(crate) name: Option<String>,
}

impl Later {
    /// To be called again when this many milliseconds have passed; requests that come earlier are told to wait.
    #[must_use]
    pub const fn after_ms(ms: u64) -> Self {
        Self { after_ms: ms, state: None, message: None, name: None }
    }

    /// Keeps something for the next call, which finds it with [`Answers::remembered`](crate::Answers::remembered).
    ///
    /// # Errors
    ///
    /// What cannot be written as JSON cannot be remembered.
    pub fn remember(mut self, state: &impl Serialize) -> Result<Self, Error> {
        self.state = Some(state_of(state)?);
        Ok(self)
    }

    /// Names the task that the first call becomes, after the work that was begun elsewhere: so both are known by one name, and
    /// [`TaskStore::cancelled`] is told of it. Without it the store makes a name.
    #[must_use]
    pub fn named(mut self, id: impl Into<String>) -> Self {
        self.name = Some(id.into());
        self
    }

    /// Says how far the work is, for the user or the model to read.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

/// The shortest pause between two steps that a client is told of, or that the server makes for one that waits.
pub(crate) const SHORTEST_PAUSE_MS: u64 = 100;

/// What a call to a [`TaskStore`] gives, later.
pub type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Where tasks are kept: a table of texts, which every instance must see alike and at once.
pub trait TaskStore: Send + Sync {
    /// A new name for a task. Whoever knows it can read the task and cancel it: it must not be guessable.
    ///
    /// # Errors
    ///
    /// Where there is no randomness to make it of.
    fn new_id(&self) -> Result<String, Error>;

    /// Keeps a new task. When this is done, [`Self::read`] must find it, from wherever. It may be forgotten from
    /// `expires_ms` (milliseconds of Unix time) on, and not before. A store that serves strangers refuses more tasks of one
    /// caller than it can keep.
    fn create<'a>(&'a self, id: &'a str, task: String, expires_ms: u64) -> Stored<'a, ()>;

    /// The task of this name, and which version of it this is; `None` where there is none or it has expired.
    fn read<'a>(&'a self, id: &'a str) -> Stored<'a, Option<(String, u64)>>;

    /// Puts `task` in the place of that version, as `version + 1`. `false`, and nothing else, where somebody has been
    /// faster.
    fn replace<'a>(&'a self, id: &'a str, version: u64, task: String) -> Stored<'a, bool>;

    /// The client has given this task up: whatever goes on under its name may end.
    fn cancelled<'a>(&'a self, id: &'a str) -> Stored<'a, ()> {
        let _ = id;
        Box::pin(std::future::ready(Ok(())))
    }
}
