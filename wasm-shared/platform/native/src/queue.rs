use std::{sync::Arc, time::Duration};

use platform::{
    Answer, Application, Clock, Database, Delivery, Message, Outgoing, Platform, Queue,
    queue::{DeadLetter, TableQueue, deliver, drain_topics, is_slow},
};
use tokio::sync::{Notify, Semaphore};

/// How often a worker looks for messages that became due, or that another process sent.
const LOOK: Duration = Duration::from_millis(500);
/// How many messages a worker takes before it lets others go on.
const PORTION: usize = 16;
/// How many slow messages are under way at the same time: they wait, and do not compute.
const SLOW_AT_ONCE: usize = 16;

/// The queue of a machine: the table, and bells that wake the workers of this process when something is sent.
pub(crate) struct WokenQueue {
    table: TableQueue,
    bell: Notify,
    slow_bell: Notify,
}

impl WokenQueue {
    pub(crate) fn new(database: Arc<dyn Database>, clock: Arc<dyn Clock>) -> Self {
        Self { table: TableQueue::new(database, clock), bell: Notify::new(), slow_bell: Notify::new() }
    }

    /// Delivers messages one after the other, and slow ones beside them, several at the same time.
    pub(crate) async fn work<A: Application>(&self, platform: &Platform) {
        let (slow, quick): (Vec<_>, Vec<_>) = A::topics().into_iter().partition(|topic| is_slow(topic));
        if slow.is_empty() {
            self.work_quick::<A>(platform, quick).await;
        } else {
            tokio::join!(self.work_quick::<A>(platform, quick), self.work_slow::<A>(platform, &slow));
        }
    }

    async fn work_slow<A: Application>(&self, platform: &Platform, topics: &[&'static str]) {
        let places = Arc::new(Semaphore::new(SLOW_AT_ONCE));
        // It is never closed.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match platform.queue().claim(topics).await {
                Ok(Some(message)) => {
                    let own = platform.clone();
                    drop(tokio::spawn(async move {
                        let delivery = deliver::<A>(&own, message.clone()).await;
                        if let Err(error) = own.queue().settle(&message, delivery).await {
                            platform::log::error(&own, "a message was not settled", &error);
                        }
                        drop(place);
                    }));
                }
                Ok(None) => drop(tokio::time::timeout(LOOK, self.slow_bell.notified()).await),
                Err(error) => {
                    platform::log::error(platform, "messages were not delivered", &error);
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// Each portion is a task of its own: a delivery that panics ends its task, and not the worker.
    async fn work_quick<A: Application>(&self, platform: &Platform, topics: Vec<&'static str>) {
        let topics: Arc<[&'static str]> = topics.into();
        loop {
            let (own, topics) = (platform.clone(), Arc::clone(&topics));
            let portion = tokio::spawn(async move { drain_topics::<A>(&own, &topics, PORTION, LOOK).await });
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
            let (slow, quick) = (
                messages.iter().any(|message| is_slow(&message.topic)),
                messages.iter().any(|message| !is_slow(&message.topic)),
            );
            self.table.put(messages).await?;
            if slow {
                self.slow_bell.notify_one();
            }
            if quick {
                self.bell.notify_one();
            }
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
            self.slow_bell.notify_one();
            Ok(sent)
        })
    }
}
