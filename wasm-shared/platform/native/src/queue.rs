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

    pub(crate) async fn work<A: Application>(&self, platform: &Platform) {
        loop {
            match drain::<A>(platform, PORTION, LOOK).await {
                Ok(PORTION) => tokio::task::yield_now().await,
                Ok(_) => drop(tokio::time::timeout(LOOK, self.bell.notified()).await),
                Err(error) => {
                    let line = serde_json::json!({ "level": "error", "message": error.to_string() });
                    platform.log().line(&line);
                    tokio::time::sleep(LOOK).await;
                }
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
