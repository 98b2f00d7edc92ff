//! What a handler is told about its request, and how it speaks while it works.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_channel::mpsc::UnboundedSender;
use http::request::Parts;
use rmcp::model::{
    ClientCapabilities, Implementation, LoggingLevel, LoggingMessageNotificationParam,
    ProgressNotificationParam,
};
use serde_json::Value;

use crate::{
    Answers, Error, Host, Revision, exchange::Exchange, input::with_kinds, rpc, tasks::declares_tasks,
};

/// The request a handler answers: the host's state, the client, and a voice to report with.
///
/// Cancellation needs no word here. A client cancels by closing its connection; the host then drops the answer, and
/// the handler's future with it, at its next `await`.
pub struct Context<S> {
    host: S,
    call: Arc<Call>,
    answers: Answers,
}

/// What all handlers of one HTTP request share.
pub(crate) struct Call {
    pub(crate) exchange: Exchange,
    pub(crate) parts: Arc<Parts>,
    /// Where notifications go, if the client reads them.
    pub(crate) outbox: Option<UnboundedSender<String>>,
    /// The bits of the last progress reported.
    progress: AtomicU64,
}

impl Call {
    pub(crate) fn new(
        exchange: Exchange,
        parts: Arc<Parts>,
        outbox: Option<UnboundedSender<String>>,
    ) -> Self {
        Self { exchange, parts, outbox, progress: AtomicU64::new(f64::NEG_INFINITY.to_bits()) }
    }

    fn tell(&self, notification: String) {
        if let Some(outbox) = &self.outbox {
            // It fails only when the client is gone, and this future about to be dropped.
            let _ = outbox.unbounded_send(notification);
        }
    }
}

impl<S> Context<S> {
    pub(crate) fn new(host: S, call: Arc<Call>, answers: Answers) -> Self {
        Self { host, call, answers }
    }

    /// The host's state, as it was given to [`Server::handle`](crate::Server::handle).
    pub const fn host(&self) -> &S {
        &self.host
    }

    /// The revision this request is in.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.call.exchange.revision
    }

    /// The client's name and version, as it says itself. Before 2026-07-28 it says so in `initialize` only, so this is
    /// empty then.
    #[must_use]
    pub fn client(&self) -> Option<&Implementation> {
        self.call.exchange.client.as_ref()
    }

    /// What the client says it can do. Before 2026-07-28 it says so in `initialize` only, so this is empty then.
    #[must_use]
    pub fn client_capabilities(&self) -> &ClientCapabilities {
        &self.call.exchange.capabilities
    }

    /// Whether the client takes a task for a call that is [not done yet](crate::Later). For any other the server waits for a while.
    #[must_use]
    pub fn takes_tasks(&self) -> bool
    where
        S: Host,
    {
        let takes = self.revision().is_stateless() && declares_tasks(self.client_capabilities());
        takes && self.host.tasks().is_some()
    }

    /// The HTTP request: its headers, and the extensions that layers in front have put there.
    #[must_use]
    pub fn http(&self) -> &Parts {
        &self.call.parts
    }

    /// What the client brought along, if this request was sent before and answered with [`Ask`](crate::Ask).
    #[must_use]
    pub const fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Fails if the client cannot do what `required` names, as a server must that cannot work without.
    ///
    /// # Errors
    ///
    /// [`Error::missing_capability`], unless every capability in `required` was declared.
    pub fn require(&self, required: &ClientCapabilities) -> Result<(), Error> {
        let mut declared = self.client_capabilities().clone();
        declared.elicitation = declared.elicitation.as_ref().map(with_kinds);
        let (declared, wanted) = (serde_json::to_value(declared), serde_json::to_value(required));
        match (declared, wanted) {
            (Ok(declared), Ok(wanted)) if has_all(&declared, &wanted) => Ok(()),
            _ => Err(Error::missing_capability(required)),
        }
    }

    /// Reports progress, if the client asked for it. `progress` grows from call to call, as the protocol demands: a
    /// report that does not is left out.
    pub fn progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        let Some(token) = &self.call.exchange.progress else { return };
        let last = f64::from_bits(self.call.progress.swap(progress.to_bits(), Ordering::Relaxed));
        if progress.is_nan() || progress <= last {
            self.call.progress.store(last.to_bits(), Ordering::Relaxed);
            return;
        }
        let mut params = ProgressNotificationParam::new(token.clone(), progress);
        params.total = total;
        params.message = message.map(str::to_owned);
        self.call.tell(rpc::notification("notifications/progress", &params));
    }

    /// Logs to the client, if it asked for messages of this severity.
    ///
    /// Keep secrets and internals out of it: it leaves the server.
    pub fn log(&self, level: LoggingLevel, data: Value) {
        if self.call.exchange.log_level.is_some_and(|least| severity(level) >= severity(least)) {
            let params = LoggingMessageNotificationParam::new(level, data);
            self.call.tell(rpc::notification("notifications/message", &params));
        }
    }
}

/// Whether every member of `wanted` is in `declared`, however deep.
fn has_all(declared: &Value, wanted: &Value) -> bool {
    match (declared, wanted) {
        (Value::Object(declared), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| declared.get(name).is_some_and(|declared| has_all(declared, wanted))),
        (declared, wanted) => declared == wanted,
    }
}

/// The order of RFC 5424, the least severe first.
const fn severity(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}
