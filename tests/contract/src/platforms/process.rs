//! A server that is a process of its own, with children: started so that none of them can outlive this one.

use std::{
    fs::{self, File},
    io::Write as _,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Running, Stop};
use crate::http::Client;

/// Until a server answers, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

/// A shell that starts the server in a process group of its own and then waits for its input to end, as it does when this
/// process ends in whatever way (a failure, a panic, an interrupt, a kill); then it ends the whole group.
///
/// The server gets five seconds to end by itself, unless it is to be killed.
const KEEPER: &str = r#"
log=$1; ended=$2; shift 2
{ trap : TERM; "$@" </dev/null >"$log" 2>&1; echo "$?" >"$ended"; } 2>/dev/null &
read -r how
if [ "$how" != kill ]; then
  trap '' TERM
  kill -s TERM -- -$$
  tries=0
  while [ ! -s "$ended" ] && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
fi
kill -s KILL -- -$$
"#;

/// Starts `server` and waits until `/health` answers on the port.
///
/// # Errors
/// When it ends or stays silent; then with what it said.
pub(super) fn start(server: &Command, port: u16, state: &Path) -> Result<Running, String> {
    let (log, ended) = (state.join("server.log"), state.join("server.ended"));
    let _ = fs::remove_file(&ended);
    File::create(&log).map_err(|error| error.to_string())?;
    let mut keeper = Command::new("sh");
    keeper
        .args(["-c", KEEPER, "keeper"])
        .arg(&log)
        .arg(&ended)
        .arg(server.get_program())
        .args(server.get_args());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => keeper.env(name, value),
            None => keeper.env_remove(name),
        };
    }
    if let Some(directory) = server.get_current_dir() {
        keeper.current_dir(directory);
    }
    let child = keeper
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("no process could be started: {error}"))?;
    let base_url = format!("http://127.0.0.1:{port}");
    let running = Running::new(base_url.clone(), move |how| end(child, how, port));
    let client = Client::new(&base_url, Vec::new())?;
    let asked_since = Instant::now();
    loop {
        if client.get("/health").send_unchecked().is_ok_and(|reply| reply.status == 200) {
            return Ok(running);
        }
        let said = || fs::read_to_string(&log).unwrap_or_default();
        if ended.exists() {
            return Err(format!("the server ended before it answered:\n{}", said()));
        }
        if asked_since.elapsed() > PATIENCE {
            return Err(format!("the server did not answer in {} s:\n{}", PATIENCE.as_secs(), said()));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn end(mut keeper: Child, how: Stop, port: u16) {
    if let Some(mut input) = keeper.stdin.take() {
        let _ = input.write_all(if how == Stop::Killed { b"kill\n" } else { b"stop\n" });
    }
    let _ = keeper.wait();
    // The group's processes end together with the keeper, but not in the same instant.
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_ok() && since.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(10));
    }
}

/// A port of the loopback interface that nobody listens on.
///
/// # Errors
/// When there is none.
pub(super) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| format!("no free port: {error}"))?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}
