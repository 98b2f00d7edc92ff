use std::future::Future;

use axum::Router;

use crate::{
    Delivery, Message, Platform,
    schedule::{Job, run_due},
};

/// What a function is to the platform that runs it.
///
/// A list of applications is one too, `(First, (Second, ()))`: so a Worker gathers all functions.
#[expect(clippy::must_use_candidate, reason = "a future has to be used anyway")]
pub trait Application: 'static {
    /// The services that it uses, as [`services!`](crate::services) lists them. [`Clock`](crate::Clock),
    /// [`Config`](crate::Config), [`Log`](crate::Log) and [`Sleep`](crate::Sleep) are always there.
    type Services;

    /// Its routes.
    fn routes() -> Router<Platform>;

    /// What it does by the clock. Needs the service [`Database`](crate::Database).
    const JOBS: &'static [Job] = &[];

    /// [`JOBS`](Self::JOBS), and those of the applications that it consists of.
    fn jobs() -> Vec<Job> {
        Self::JOBS.to_vec()
    }

    /// Does what is due by the clock: called by a cron trigger, a timer, or a request from a scheduler.
    ///
    /// An error is a text for the operator's log; the platform reports the run as failed.
    fn scheduled(platform: Platform) -> impl Future<Output = Result<(), String>> + Send {
        async move { run_due(&platform, &Self::jobs()).await.map(drop) }
    }

    /// The topics of the messages that it takes from the queue.
    const TOPICS: &'static [&'static str] = &[];

    /// [`TOPICS`](Self::TOPICS), and those of the applications that it consists of.
    fn topics() -> Vec<&'static str> {
        Self::TOPICS.to_vec()
    }

    /// Takes a message of one of its topics. The same message may come again, also at the same time, after a worker died.
    ///
    /// It has to end within the topic's [`lease`](crate::queue::lease), and is dropped where it does not.
    fn deliver(_platform: Platform, message: Message) -> impl Future<Output = Delivery> + Send {
        std::future::ready(Delivery::Dead { reason: format!("nobody takes the topic {}", message.topic) })
    }
}

impl Application for () {
    type Services = ();

    fn routes() -> Router<Platform> {
        Router::new()
    }
}

impl<First: Application, Rest: Application> Application for (First, Rest) {
    type Services = (First::Services, Rest::Services);

    fn routes() -> Router<Platform> {
        First::routes().merge(Rest::routes())
    }

    fn jobs() -> Vec<Job> {
        [First::jobs(), Rest::jobs()].concat()
    }

    fn topics() -> Vec<&'static str> {
        [First::topics(), Rest::topics()].concat()
    }

    /// To the one that takes the topic.
    async fn deliver(platform: Platform, message: Message) -> Delivery {
        if First::topics().contains(&message.topic.as_str()) {
            First::deliver(platform, message).await
        } else {
            Rest::deliver(platform, message).await
        }
    }
}
