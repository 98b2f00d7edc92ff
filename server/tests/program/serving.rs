//! How it starts, answers, keeps its data, and stops.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use tempfile::TempDir;

use crate::common::{Server, failed, path};

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
