use std::{sync::Arc, time::Duration};

use platform::{
    Answer, Application, Clock, Database, Delivery, Message, Outgoing, Platform, Queue,
    queue::{DeadLetter, TableQueue, drain},
};
use tokio::sync::Notify;

/// How often a worker looks for messages that became due, or that another process sent.
const LOOK: Duration = Duration::from_millis(500);
/// How many messages a worker takes before it lets others go on.
const PORTION: usize = 16;

/// The queue of a machine: the table, and a bell that wakes the workers of this process when something is sent.
pub(crate) struct WokenQueue {
    table: TableQueue,
    bell: Notify,
}

impl WokenQueue {
    pub(crate) fn new(database: Arc<dyn Database>, clock: Arc<dyn Clock>) -> Self {
        Self { table: TableQueue::new(database, clock), bell: Notify::new() }
    }

    /// Each portion is a task of its own: a delivery that panics ends its task, and not the worker.
    pub(crate) async fn work<A: Application>(&self, platform: &Platform) {
        loop {
            let own = platform.clone();
            let portion = tokio::spawn(async move { drain::<A>(&own, PORTION, LOOK).await });
            let reason = match portion.await {
                Ok(Ok(PORTION)) => continue,
                Ok(Ok(_)) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(panic) => Some(format!("a delivery ended badly: {panic}")),
            };
            if let Some(reason) = reason {
                platform::log::error(platform, "messages were not delivered", &reason);
                tokio::time::sleep(LOOK).await;
            } else {
                drop(tokio::time::timeout(LOOK, self.bell.notified()).await);
            }
        }
    }
}

impl Queue for WokenQueue {
    fn put(&self, messages: Vec<Outgoing>) -> Answer<'_, ()> {
        Box::pin(async move {
            self.table.put(messages).await?;
            self.bell.notify_one();
            Ok(())
        })
    }

    fn claim<'a>(&'a self, topics: &'a [&'static str]) -> Answer<'a, Option<Message>> {
        self.table.claim(topics)
    }

    fn settle<'a>(&'a self, message: &'a Message, delivery: Delivery) -> Answer<'a, bool> {
        self.table.settle(message, delivery)
    }

    fn dead_letters(&self, before: Option<i64>, most: u32) -> Answer<'_, Vec<DeadLetter>> {
        self.table.dead_letters(before, most)
    }

    fn resend(&self, id: i64) -> Answer<'_, bool> {
        Box::pin(async move {
            let sent = self.table.resend(id).await?;
            self.bell.notify_one();
            Ok(sent)
        })
    }
}
