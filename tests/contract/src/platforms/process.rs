//! A server that is a process of its own, with children: started so that none of them can outlive this one.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{Running, Stop};
use crate::{http::Client, times};

/// Until a server answers, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(10);

/// A shell that starts the server in a process group of its own and then waits for its input to end, as it does when this
/// process ends in whatever way (a failure, a panic, an interrupt, a kill); then it ends the whole group.
///
/// The server gets five seconds to end by itself, unless it is to be killed. Every process of the group inherits the shell's
/// output as descriptor 3, so that this pipe is closed when the last of them has ended.
const KEEPER: &str = r#"
log=$1; ended=$2; shift 2
exec 3>&1
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

/// Starts `server`, which was told to listen on port 0, and waits until `/health` answers where it says that it listens.
///
/// A port that is chosen beforehand can be taken by another process before the server binds it.
///
/// # Errors
/// When it ends or stays silent; then with what it said.
pub(super) fn start(server: &Command, state: &Path) -> Result<Running, String> {
    let program = Path::new(server.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let [running] = times::noted(&format!("starts::{program}"), || start_several(server, state))?;
    Ok(running)
}

/// The same for a process that is several servers. It ends with the first of them.
pub(super) fn start_several<const N: usize>(server: &Command, state: &Path) -> Result<[Running; N], String> {
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
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("no process could be started: {error}"))?;
    let group = child.id();
    // From here on it ends with what is returned, or with the error.
    let mut running = Some(Running::new(String::new(), move |how| end(child, how)));
    let asked_since = Instant::now();
    loop {
        let said = fs::read(&log).map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default();
        let urls: Vec<&str> = announced(&said).take(N).collect();
        let silent = urls.iter().try_for_each(|url| answers(url)).err();
        if urls.len() == N && silent.is_none() {
            let mut servers = urls.into_iter().map(|url| match running.take() {
                Some(mut first) => {
                    url.clone_into(&mut first.base_url);
                    first
                }
                None => Running::new(url.to_owned(), |_| ()),
            });
            return Ok(std::array::from_fn(|_| servers.next().expect("as many as there are addresses")));
        }
        if ended.exists() {
            return Err(format!("the server ended before it answered:\n{said}"));
        }
        if asked_since.elapsed() > PATIENCE {
            let why = silent.unwrap_or_else(|| "it does not say where it listens".to_owned());
            let processes = processes(group);
            return Err(format!(
                "the server did not answer in {} s: {why}\n{processes}\n{said}",
                PATIENCE.as_secs()
            ));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn answers(url: &str) -> Result<(), String> {
    match Client::new(url, Vec::new())?.get("/health").send_unchecked()? {
        reply if reply.status == 200 => Ok(()),
        reply => Err(reply.shown()),
    }
}

/// The threads of a process group, and what each of them waits for.
fn processes(group: u32) -> String {
    let columns = "pid,lwp,stat,etimes,time,wchan:32,comm";
    let shown = Command::new("ps").args(["-L", "-o", columns, "-g", &group.to_string()]).output();
    shown.map_or_else(|error| error.to_string(), |shown| String::from_utf8_lossy(&shown.stdout).into_owned())
}

/// The URLs at which a server's log says that it listens: wrangler is "Ready on" it, Spin and the test host are "Serving"
/// it, the native server is "listening on" it. The line may be coloured.
fn announced(log: &str) -> impl Iterator<Item = &str> {
    const SCHEME: &str = "http://127.0.0.1:";
    // A line without its end may have half of a port.
    let lines = log.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.filter_map(|line| {
        let verb = ["Ready on", "Serving", "listening on"].into_iter().find_map(|verb| line.find(verb))?;
        let url = &line[verb + line[verb..].find(SCHEME)?..];
        let (_, port) = url.split_at(SCHEME.len());
        let digits = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
        port[..digits].parse::<u16>().is_ok_and(|port| port > 0).then(|| &url[..SCHEME.len() + digits])
    })
}

/// Ends a server and waits until the last process of its group has ended.
fn end(mut keeper: Child, how: Stop) {
    if let Some(mut input) = keeper.stdin.take() {
        let _ = input.write_all(if how == Stop::Killed { b"kill\n" } else { b"stop\n" });
    }
    let _ = keeper.wait();
    let (all_ended, ended) = mpsc::channel();
    if let Some(mut output) = keeper.stdout.take() {
        thread::spawn(move || all_ended.send(output.read_to_end(&mut Vec::new())));
    }
    let _ = ended.recv_timeout(PATIENCE);
}
