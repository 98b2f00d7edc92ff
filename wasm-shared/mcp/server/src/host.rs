//! What a server asks of the program that runs it.

use std::{future::Future, pin::Pin};

use http::request::Parts;

use crate::{Error, Guard, SealingKey, TaskStore};

/// Time that passes.
pub type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whether a request may be carried out.
pub type Admission<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// What a server asks of the program that runs it, once per request.
///
/// Every answer has a default, and `()` gives them all: enough for a server on one's own machine that neither asks
/// its clients for input nor serves any of them differently.
pub trait Host: Clone + Send + Sync + 'static {
    /// Which hosts and origins are answered.
    fn guard(&self) -> Guard {
        Guard::local()
    }

    /// Milliseconds of Unix time. Without it, sealed request state does not expire.
    fn now_ms(&self) -> Option<u64> {
        None
    }

    /// A new, unguessable name for the session that a client of an older revision believes to have. Nothing depends
    /// on it. Without it, no session is named; some clients of 2024 do not go on then.
    fn session_id(&self) -> Option<String> {
        None
    }

    /// The key that seals request state. Without it, nothing can be [remembered](crate::Ask::remember).
    fn sealing_key(&self) -> Option<SealingKey> {
        None
    }

    /// Where tasks are kept. Without it, a client that takes tasks is served like one that does not.
    fn tasks(&self) -> Option<&dyn TaskStore> {
        None
    }

    /// Waits for this many milliseconds, for a tool that is [not done](crate::Later) and a client that takes no tasks.
    /// Without it, such a client is refused.
    fn wait(&self, ms: u64) -> Option<Waiting> {
        let _ = ms;
        None
    }

    /// Whether a request may be carried out: its method and, for `tools/call`, the name of the tool. Asked once for each
    /// message that wants an answer, before anything is done for it.
    fn admit<'a>(&'a self, method: &'a str, tool: Option<&'a str>) -> Admission<'a> {
        let _ = (method, tool);
        Box::pin(std::future::ready(Ok(())))
    }

    /// Who sends this request, if that is known. What one caller was given to remember, no other can bring.
    fn caller(&self, request: &Parts) -> Option<String> {
        let _ = request;
        None
    }
}

impl Host for () {}
