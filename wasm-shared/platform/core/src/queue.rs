//! Messages for later: each is delivered at least once to the [`Application`](crate::Application) that names its topic.

mod table;

use std::time::Duration;

pub use table::TableQueue;

use crate::{Answer, Application, OutsideError, Platform, deadline::Bounded, service::service, within};

/// Bytes of the largest body. Cloudflare takes 128 kB with what it adds.
pub const LARGEST_MESSAGE: usize = 100_000;
/// The longest delay of a message or of a retry, which is Cloudflare's.
pub const LONGEST_DELAY: Duration = Duration::from_hours(12);
/// How often a message is delivered before it becomes a dead letter. On Cloudflare `max_retries` in `wrangler.toml` is one
/// less.
pub const MOST_ATTEMPTS: u32 = 6;
/// How long a delivery may take. It is dropped then, and a message whose worker died is delivered again.
pub const LEASE: Duration = Duration::from_mins(1);
/// What the topics of slow messages begin with: their deliveries wait for somebody else for minutes, such as a language model.
/// Others do not queue behind them.
pub const SLOW: &str = "slow.";
/// [`LEASE`] of a slow message.
pub const SLOW_LEASE: Duration = Duration::from_mins(5);

/// Whether messages of this topic are slow.
#[must_use]
pub fn is_slow(topic: &str) -> bool {
    topic.starts_with(SLOW)
}

/// How long the delivery of a message of this topic may take.
#[must_use]
pub fn lease(topic: &str) -> Duration {
    if is_slow(topic) { SLOW_LEASE } else { LEASE }
}

/// A queue of messages. What is sent is stored before `send` returns. Messages are delivered at least
/// once, in no order that may be relied on; delays are kept to the second, and never cut short.
///
/// On Cloudflare the platform delivers. Elsewhere messages are rows of a table, and [`drain`] delivers those that are due.
pub trait Queue: Send + Sync {
    /// Stores messages that are within the limits. Callers use `send` and `send_all`, which check them.
    fn put(&self, messages: Vec<Outgoing>) -> Answer<'_, ()>;
    /// Claims a message of these topics that is due, for its [`lease`]. None where the platform delivers by itself.
    fn claim<'a>(&'a self, topics: &'a [&'static str]) -> Answer<'a, Option<Message>>;
    /// Ends a claim. Says whether the claim still held; where another worker has taken the message over, this does nothing.
    fn settle<'a>(&'a self, message: &'a Message, delivery: Delivery) -> Answer<'a, bool>;
    /// At most `most` messages that were given up, newest first; those older than `before`, to go on.
    fn dead_letters(&self, before: Option<i64>, most: u32) -> Answer<'_, Vec<DeadLetter>>;
    /// Sends a dead letter again, as a new message. Says whether there was such a letter.
    fn resend(&self, id: i64) -> Answer<'_, bool>;
}

service!(Queue, queue, "queue", "Messages for later.", bounded);

impl Queue for Bounded<dyn Queue> {
    fn put(&self, messages: Vec<Outgoing>) -> Answer<'_, ()> {
        self.call(self.service.put(messages))
    }

    fn claim<'a>(&'a self, topics: &'a [&'static str]) -> Answer<'a, Option<Message>> {
        self.call(self.service.claim(topics))
    }

    fn settle<'a>(&'a self, message: &'a Message, delivery: Delivery) -> Answer<'a, bool> {
        self.call(self.service.settle(message, delivery))
    }

    fn dead_letters(&self, before: Option<i64>, most: u32) -> Answer<'_, Vec<DeadLetter>> {
        self.call(self.service.dead_letters(before, most))
    }

    fn resend(&self, id: i64) -> Answer<'_, bool> {
        self.call(self.service.resend(id))
    }
}

/// A message on its way to the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Which application takes it: 1 to 64 of `a-z`, `0-9`, `-`, `.`.
    pub topic: String,
    /// Text, of at most [`LARGEST_MESSAGE`] bytes.
    pub body: String,
    /// How long it waits, at most [`LONGEST_DELAY`].
    pub delay: Duration,
}

impl Outgoing {
    /// A message that may be delivered at once.
    pub fn new(topic: impl Into<String>, body: impl Into<String>) -> Self {
        Self { topic: topic.into(), body: body.into(), delay: Duration::ZERO }
    }

    /// The same, not before `delay` has passed.
    #[must_use]
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn check(&self) -> Result<(), OutsideError> {
        let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        if !(1..=64).contains(&self.topic.len()) || !self.topic.bytes().all(named) {
            return Err(failed("a topic has 1 to 64 of a-z, 0-9, - and ."));
        }
        if self.body.len() > LARGEST_MESSAGE {
            let length = self.body.len();
            return Err(failed(format_args!("a body of {length} bytes is larger than {LARGEST_MESSAGE}")));
        }
        if self.delay > LONGEST_DELAY {
            return Err(failed("a delay is longer than twelve hours"));
        }
        Ok(())
    }
}

fn failed(reason: impl std::fmt::Display) -> OutsideError {
    OutsideError::new(<dyn Queue as crate::Service>::NAME, reason)
}

/// A message as it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same at each delivery of this message, and different from that of every other.
    pub id: String,
    /// Which application takes it.
    pub topic: String,
    /// What was sent.
    pub body: String,
    /// Which delivery this is, counted from one.
    pub attempts: u32,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The message is done with.
    Done,
    /// It is to be delivered again, at least `after` from now; after [`MOST_ATTEMPTS`] it becomes a dead letter.
    Retry {
        /// How long to wait.
        after: Duration,
    },
    /// It will never succeed: it becomes a dead letter at once.
    Dead {
        /// Why, for the operator who reads the dead letters.
        reason: String,
    },
}

/// A message that was given up. It is kept for [`DEAD_LETTERS_KEPT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number, by which it is sent again; newer ones have larger numbers.
    pub id: i64,
    /// The message's topic.
    pub topic: String,
    /// The message's body.
    pub body: String,
    /// How often it was delivered.
    pub attempts: u32,
    /// When it was given up, in milliseconds since 1970.
    pub died: i64,
    /// Why.
    pub reason: String,
}

/// How long dead letters are kept.
pub const DEAD_LETTERS_KEPT: Duration = Duration::from_hours(14 * 24);

impl dyn Queue + '_ {
    /// Sends one message.
    ///
    /// # Errors
    /// When it is outside the limits, or the queue cannot be reached; then it was not sent.
    pub async fn send(&self, message: Outgoing) -> Result<(), OutsideError> {
        self.send_all(vec![message]).await
    }

    /// Sends several messages. Where the queue is a table, all or none are sent; on Cloudflare a failure may leave some sent.
    ///
    /// # Errors
    /// When one is outside the limits, or the queue cannot be reached.
    pub async fn send_all(&self, messages: Vec<Outgoing>) -> Result<(), OutsideError> {
        messages.iter().try_for_each(Outgoing::check)?;
        if messages.is_empty() { Ok(()) } else { self.put(messages).await }
    }
}

/// Delivers a message to the application that takes its topic, within its [`lease`].
pub async fn deliver<A: Application>(platform: &Platform, message: Message) -> Delivery {
    let lease = lease(&message.topic);
    let delivery = A::deliver(platform.patient(), message);
    // What hangs is given up, so that it does not hold up what comes after it.
    within(platform.sleep(), lease, delivery).await.unwrap_or(Delivery::Retry { after: Duration::ZERO })
}

/// Delivers messages that are due, one after the other, until there are none, `most` were delivered, or `time` has passed;
/// gives how many were delivered. Several may drain at the same time, also in other processes.
///
/// Without a worker of its own, a deployment calls this from requests and from a schedule. On Cloudflare it does nothing.
///
/// # Errors
/// When the queue cannot be reached.
pub async fn drain<A: Application>(
    platform: &Platform,
    most: usize,
    time: Duration,
) -> Result<usize, OutsideError> {
    drain_topics::<A>(platform, &A::topics(), most, time).await
}

/// [`drain`], of some of the application's topics only.
///
/// # Errors
/// When the queue cannot be reached.
pub async fn drain_topics<A: Application>(
    platform: &Platform,
    topics: &[&'static str],
    most: usize,
    time: Duration,
) -> Result<usize, OutsideError> {
    let start = platform.clock().now();
    let mut delivered = 0;
    while delivered < most && (platform.clock().now() - start).to_std().unwrap_or_default() < time {
        let Some(message) = platform.queue().claim(topics).await? else { break };
        let delivery = deliver::<A>(platform, message.clone()).await;
        platform.queue().settle(&message, delivery).await?;
        delivered += 1;
    }
    Ok(delivered)
}
