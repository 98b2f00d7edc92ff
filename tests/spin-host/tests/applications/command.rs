use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use http::Request;
use http_body_util::Full;

use crate::support::{Application, client, json};

fn spin_host() -> Command {
    Command::new(env!("CARGO_BIN_EXE_spin-host"))
}

#[tokio::test]
async fn the_command_prints_its_url_serves_and_ends_well_on_sigterm() {
    let declared = "variables = { level = { required = true }, other = { required = true } }";
    let grants = r#"variables = { level = "{{ level }}{{ other }}" }"#;
    let application =
        Application::with_manifest(&format!("{declared}\n{}", crate::support::manifest(grants)));
    let mut command = spin_host()
        .args(["--listen", "127.0.0.1:0", "--variable", "level=debug", "--manifest"])
        .arg(application.path("spin.toml"))
        .arg("--cache-dir")
        .arg(concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"))
        .env("SPIN_VARIABLE_OTHER", "=on")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(command.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("Serving ").unwrap();
    let request = Request::get(format!("{url}/variable?name=level")).body(Full::default()).unwrap();
    let answered = json(client().request(request).await.unwrap()).await;
    assert_eq!(answered["ok"], "debug=on");
    assert!(Command::new("kill").args(["-TERM", &command.id().to_string()]).status().unwrap().success());
    assert!(command.wait().unwrap().success());
    assert!(application.path(".spin/sqlite_key_value.db").is_file(), "the state lies beside the manifest");
}

#[test]
fn the_command_says_what_is_wrong_and_fails() {
    let output = spin_host().args(["--manifest", "/nowhere/spin.toml"]).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot read /nowhere/spin.toml"), "{said}");
}
