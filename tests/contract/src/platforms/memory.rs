//! The functions in this process, over stores in memory.

use std::time::Duration;

use platform::Platform;
use platform_native::memory::World;
use tokio::sync::oneshot;

use super::{NewSite, Running, Site, Stop, assets};
use crate::http::RUNTIME;

pub(super) fn ready() -> Result<(), String> {
    assets().map(drop)
}

pub(super) fn site() -> NewSite {
    Ok(Box::new(Memory(World::default().with_assets(assets()?))))
}

/// What outlives a server here is the world; what does not is the platform made of it, with its instance's memory.
struct Memory(World);

impl Site for Memory {
    fn start(&self, variables: &[(String, String)]) -> Result<Running, String> {
        for (name, value) in variables {
            let _ = self.0.clone().with_variable(name, value);
        }
        let running = serve(&self.0)?;
        let worker = RUNTIME.spawn(work(self.0.platform()));
        let base_url = running.base_url.clone();
        Ok(Running::new(base_url, move |how| {
            worker.abort();
            running.stop(how);
        }))
    }

    fn state(&self) -> Option<&std::path::Path> {
        None
    }
}

/// Works off the queue, as the native server does: slow messages beside the others.
async fn work(platform: Platform) {
    let topics = <edge::Function as platform::Application>::topics();
    let (slow, quick): (Vec<_>, Vec<_>) =
        topics.into_iter().partition(|topic| platform::queue::is_slow(topic));
    tokio::join!(work_topics(platform.clone(), slow), work_topics(platform, quick));
}

async fn work_topics(platform: Platform, topics: Vec<&'static str>) {
    loop {
        let (most, time) = (16, Duration::from_secs(1));
        let drained = platform::queue::drain_topics::<edge::Function>(&platform, &topics, most, time);
        let worked = Box::pin(drained).await;
        if !matches!(worked, Ok(1..)) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Serves a world on a free port of the loopback interface.
///
/// # Errors
/// When there is no port to listen on.
pub fn serve(world: &World) -> Result<Running, String> {
    let app = web::app(<edge::Function as platform::Application>::routes(), world.platform());
    let listener = RUNTIME
        .block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))
        .map_err(|error| format!("no port to listen on: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let (ask, asked) = oneshot::channel::<()>();
    let server = RUNTIME.spawn(async move {
        let stop = async { drop(asked.await) };
        axum::serve(listener, platform_native::with_peers(app)).with_graceful_shutdown(stop).await
    });
    Ok(Running::new(format!("http://{address}"), move |how| {
        match how {
            Stop::Gently => drop(ask.send(())),
            Stop::Killed => server.abort(),
        }
        let _ = RUNTIME.block_on(server);
    }))
}
