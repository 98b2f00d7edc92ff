//! The whole product in one process, on one port, without Node.

mod clock;
mod options;

use std::{io::Write as _, process::ExitCode, sync::Arc};

use axum::Router;
use clap::Parser as _;
use options::Options;
use platform::{Application as _, Platform};
use platform_native::{Machine, Storage, with_peers};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match serve(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // Where even that cannot be written, the exit code says it.
            let _ = writeln!(std::io::stderr(), "error: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: &Options) -> Result<(), String> {
    let storage = if options.in_memory { Storage::Memory } else { Storage::Folder(options.data.clone()) };
    let assets = edge::assets().map_err(|error| error.to_string())?;
    let machine = Machine::new(&storage, options.settings()?, options.assets.clone(), assets)
        .map_err(|error| error.to_string())?;
    let platform = machine.platform::<edge::Function>();
    let app: Router = web::app(edge::Function::routes(), platform.clone());
    let address = (options.listen, options.port);
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!(
            "cannot listen on {}:{}: {error}. Choose another port with --port.",
            options.listen, options.port
        )
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    // The only line on standard output: scripts and tests read the port from it.
    writeln!(std::io::stdout(), "listening on http://{address}").map_err(|error| error.to_string())?;
    let worker = tokio::spawn(work(Arc::new(machine), platform.clone()));
    let schedule = (!options.no_schedule).then(|| tokio::spawn(clock::keep_schedule(platform)));
    let served = axum::serve(listener, with_peers(app)).with_graceful_shutdown(asked_to_stop()).await;
    // What it had begun is taken over after its lease.
    worker.abort();
    if let Some(schedule) = schedule {
        schedule.abort();
    }
    served.map_err(|error| error.to_string())
}

/// Works off the messages of the queue: the steps of jobs, and webhooks. One worker: a step computes without a pause, and the
/// other threads answer requests meanwhile.
async fn work(machine: Arc<Machine>, platform: Platform) {
    machine.work::<edge::Function>(&platform).await;
}

/// Comes back when the process is asked to stop: Ctrl-C, or SIGTERM from whatever supervises it. Requests that are under
/// way are answered first.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
