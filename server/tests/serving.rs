//! The server as a program: how it starts, answers, keeps its data, and stops.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use tempfile::TempDir;

/// A server that runs; dropped, it is killed.
struct Server {
    child: Child,
    address: String,
    /// Kept open: a server whose output nobody reads any more could stop for that.
    _said: BufReader<ChildStdout>,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mechafil-edge"));
    command.args(arguments).env_clear().stderr(Stdio::null()).stdin(Stdio::null());
    command
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).args(["--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address, _said: said }
    }

    /// Sends a request and gives the whole answer, head and body.
    fn ask(&self, request: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failed(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = command(arguments).stderr(Stdio::piped()).output().unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn it_answers_from_the_first_second_without_any_file_beside_it() {
    let server = Server::start(&["--in-memory", "--no-schedule"]);
    let health = server.ask("GET /health", "", "");
    assert!(health.starts_with("HTTP/1.1 200") && health.contains(r#""platform":"native""#), "{health}");
    let forecast =
        server.ask("POST /simulate", "", r#"{"forecast_length_days": 30, "output": ["circ_supply"]}"#);
    assert!(forecast.starts_with("HTTP/1.1 200") && forecast.contains("circ_supply"), "{forecast}");
    assert!(server.ask("GET /openapi.json", "", "").contains("/simulate/full-with-history"));
    assert!(server.ask("GET /docs", "", "").contains("MechaFil Edge"));
}

#[test]
fn what_it_stores_survives_a_kill() {
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("settings");
    std::fs::write(&settings, "# for this test\nADMIN_API_KEY=\"a-key-of-this-test-and-no-other\"\n")
        .unwrap();
    let data = folder.path().join("data");
    let arguments = ["--data", path(&data), "--env-file", path(&settings), "--no-schedule"];
    let key = "authorization: Bearer a-key-of-this-test-and-no-other\r\n";
    let create = r#"{"name": "kept"}"#;

    let server = Server::start(&arguments);
    let created = server.ask("POST /api/admin/keys", key, create);
    assert!(created.starts_with("HTTP/1.1 201"), "{created}");
    server.signal("KILL");
    drop(server);

    let listed = Server::start(&arguments).ask("GET /api/admin/keys", key, "");
    assert!(listed.starts_with("HTTP/1.1 200") && listed.contains(r#""name":"kept""#), "{listed}");
}

#[test]
fn asked_to_stop_it_answers_what_is_under_way_and_ends_well() {
    let mut server = Server::start(&["--in-memory", "--no-schedule"]);
    // A request whose body has not come whole is under way.
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let body = r#"{"forecast_length_days": 30, "output": ["circ_supply"]}"#;
    let (first, rest) = body.split_at(20);
    write!(
        stream,
        "POST /simulate HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{first}",
        body.len()
    )
    .unwrap();
    // Another request's answer says that the server has had the time to take the first one up.
    assert!(server.ask("GET /health", "", "").starts_with("HTTP/1.1 200"));
    server.signal("TERM");
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn a_start_that_cannot_be_says_why_and_what_to_do() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = failed(&["--in-memory", "--port", &port]);
    assert!(said.contains(&port) && said.contains("--port"), "{said}");

    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("settings");
    std::fs::write(&settings, "ADMIN_API_KEY=a\nsecret-without-a-name\n").unwrap();
    let said = failed(&["--in-memory", "--env-file", path(&settings)]);
    assert!(said.contains("line 2") && !said.contains("secret-without"), "{said}");

    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(failed(&["--data", path(&file)]).contains("cache"), "a file in the folder's place");
}
