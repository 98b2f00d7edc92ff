use std::future::Future;

use axum::Router;

use crate::Platform;

/// What a function is to the platform that runs it.
///
/// A list of applications is one too, `(First, (Second, ()))`: so a Worker gathers all functions.
pub trait Application: 'static {
    /// The services that it uses, as [`services!`](crate::services) lists them. [`Clock`](crate::Clock),
    /// [`Config`](crate::Config) and [`Log`](crate::Log) are always there.
    type Services;

    /// Its routes.
    fn routes() -> Router<Platform>;

    /// Does what is due by the clock: called by a cron trigger, a timer, or a request from a scheduler.
    ///
    /// An error is a sentence for the operator's log; the platform reports the run as failed.
    fn scheduled(_platform: Platform) -> impl Future<Output = Result<(), String>> + Send {
        std::future::ready(Ok(()))
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

    /// Each gets its turn, also after one that failed.
    async fn scheduled(platform: Platform) -> Result<(), String> {
        let first = First::scheduled(platform.clone()).await;
        let rest = Rest::scheduled(platform).await;
        match (first, rest) {
            (Err(first), Err(rest)) => Err(format!("{first} {rest}")),
            (first, rest) => first.and(rest),
        }
    }
}
