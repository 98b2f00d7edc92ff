//! `spin-host`: serves a Spin application. It prints "Serving" and the application's URL on the first line of its
//! standard output, as Spin does, and stops on SIGTERM and SIGINT.

use std::{collections::BTreeMap, env, io::Write as _, path::PathBuf, process::ExitCode, time::Duration};

use lexopt::{Arg, Parser, ValueExt as _};
use spin_host::{Options, Server};
use tokio::signal::unix::{SignalKind, signal};
use wasmtime::{Result, error::Context as _};

const HELP: &str = "\
spin-host [OPTIONS]

  --manifest PATH             the application's manifest (spin.toml)
  --listen ADDRESS:PORT       where to listen (127.0.0.1:3000); port 0 takes a free one
  --state-dir DIR             where the default store and database are kept (.spin beside the manifest)
  --cache-dir DIR             where compiled components are kept (spin-host in the user's cache directory)
  --runtime-config-file PATH  defines further stores and databases
  --max-memory MIB            how large an instance's memory may become; one that would grow beyond it is lost
  --requests-per-instance N   give an instance up after that many requests (128)
  --idle-seconds N            keep an instance so long without a request (1)
  --disturbances PATH         a file that says which calls of stores hang, fail or are slow (src/disturbances.rs)
  --memory-log PATH           gets a line for each growth of an instance's memory
  --variable NAME=VALUE       the value of an application variable, before SPIN_VARIABLE_NAME in the environment
";

fn main() -> ExitCode {
    let served = options().and_then(|options| options.map_or(Ok(()), |options| run(&options)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spin-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let served = runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate())?;
        let mut interrupted = signal(SignalKind::interrupt())?;
        let server = Server::start(options).await?;
        writeln!(std::io::stdout(), "Serving {}", server.url())?;
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        server.stop().await;
        Ok(())
    });
    // An instance that never yields would hold up an ordinary end for ever.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

/// The options from the command line, or nothing when only the help was asked for.
fn options() -> Result<Option<Options>> {
    let mut manifest = PathBuf::from("spin.toml");
    let mut listen = ([127, 0, 0, 1], 3000).into();
    let (mut state_dir, mut cache_dir, mut runtime_config, mut max_memory) = (None, None, None, None);
    let (mut requests_per_instance, mut idle_timeout) = (None, None);
    let (mut disturbances, mut memory_log) = (None, None);
    let mut variables = BTreeMap::new();
    let mut arguments = Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("manifest") => manifest = arguments.value()?.into(),
            Arg::Long("listen") => listen = arguments.value()?.parse()?,
            Arg::Long("state-dir") => state_dir = Some(arguments.value()?.into()),
            Arg::Long("cache-dir") => cache_dir = Some(arguments.value()?.into()),
            Arg::Long("runtime-config-file") => runtime_config = Some(arguments.value()?.into()),
            Arg::Long("max-memory") => max_memory = Some(arguments.value()?.parse::<usize>()? << 20),
            Arg::Long("requests-per-instance") => requests_per_instance = Some(arguments.value()?.parse()?),
            Arg::Long("idle-seconds") => {
                idle_timeout = Some(Duration::from_secs(arguments.value()?.parse()?));
            }
            Arg::Long("disturbances") => disturbances = Some(arguments.value()?.into()),
            Arg::Long("memory-log") => memory_log = Some(arguments.value()?.into()),
            Arg::Long("variable") => {
                let given = arguments.value()?.string()?;
                let (name, value) = given.split_once('=').context("--variable takes NAME=VALUE")?;
                variables.insert(name.to_owned(), value.to_owned());
            }
            Arg::Long("help") | Arg::Short('h') => {
                std::io::stdout().write_all(HELP.as_bytes())?;
                return Ok(None);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let state_dir = state_dir.unwrap_or_else(|| manifest.with_file_name(".spin"));
    let cache_dir = cache_dir.map_or_else(default_cache_dir, Ok)?;
    Ok(Some(Options {
        manifest,
        listen,
        state_dir,
        cache_dir,
        runtime_config,
        max_memory,
        requests_per_instance,
        idle_timeout,
        disturbances,
        memory_log,
        variables,
    }))
}

fn default_cache_dir() -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    Ok(cache.context("without HOME, --cache-dir must be given")?.join("mechafil-edge/spin-host"))
}
