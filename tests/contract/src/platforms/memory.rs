//! The functions in this process, over stores in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

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
        let stopped = Arc::new(AtomicBool::new(false));
        let worker = work(self.0.platform(), Arc::clone(&stopped));
        // A thread of its own: a step computes without a pause, and nothing that a world in memory does waits for anything. On the
        // threads of the runtime, two worlds with many jobs would keep every server of this process from answering.
        RUNTIME.spawn_blocking(move || RUNTIME.block_on(worker));
        let base_url = running.base_url.clone();
        Ok(Running::new(base_url, move |how| {
            stopped.store(true, Ordering::Relaxed);
            running.stop(how);
        }))
    }

    fn state(&self) -> Option<&std::path::Path> {
        None
    }
}

/// Works off the queue until it is stopped, as the native server does: slow messages beside the others.
async fn work(platform: Platform, stopped: Arc<AtomicBool>) {
    let topics = <edge::Function as platform::Application>::topics();
    let (slow, quick): (Vec<_>, Vec<_>) =
        topics.into_iter().partition(|topic| platform::queue::is_slow(topic));
    tokio::join!(work_topics(&platform, slow, &stopped), work_topics(&platform, quick, &stopped));
}

async fn work_topics(platform: &Platform, topics: Vec<&'static str>, stopped: &AtomicBool) {
    while !stopped.load(Ordering::Relaxed) {
        // One at a time, so that slow and quick ones take turns.
        let drained =
            platform::queue::drain_topics::<edge::Function>(platform, &topics, 1, Duration::from_secs(1));
        let worked = Box::pin(drained).await;
        if matches!(worked, Ok(1..)) {
            tokio::task::yield_now().await;
        } else {
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
