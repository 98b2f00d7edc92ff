use http_body_util::Full;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{Application, body, json as parse, manifest};

#[tokio::test]
async fn a_component_sees_the_request_as_the_client_sent_it_and_what_spin_adds() {
    let routed = manifest("").replace("/...", "/request/...");
    let running = Application::with_manifest(&routed).start().await.unwrap();
    let url = format!("{}/request/?a=%20b", running.server.url());
    let request = running.request("GET", "/request/?a=%20b").header("x-two", "one").header("x-two", "two");
    let request = request.header("spin-client-addr", "192.0.2.1:1").body(Full::default()).unwrap();
    // axum takes a trailing slash for another path, so this fixture answers 404 to it: the headers are what counts.
    assert_eq!(running.send(request).await.status(), 404);

    let request = running.request("GET", "/request?a=%20b").header("x-two", "one").header("x-two", "two");
    let request = request.header("spin-client-addr", "192.0.2.1:1").body(Full::default()).unwrap();
    let seen = parse(running.send(request).await).await;
    let url = url.replace("/?", "?");
    assert_eq!(seen["uri"], url);
    let values = |name: &str| -> Vec<String> {
        let headers = seen["headers"].as_array().unwrap().iter().filter(|header| header[0] == name);
        headers.map(|header| header[1].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(values("x-two"), ["one", "two"]);
    assert_eq!(values("spin-full-url"), [url]);
    assert_eq!(values("spin-path-info"), [""]);
    assert_eq!(values("spin-matched-route"), ["/request/..."]);
    assert_eq!(values("spin-component-route"), ["/request"]);
    assert_eq!(values("spin-base-path"), ["/"]);
    let addresses = values("spin-client-addr");
    assert_eq!(addresses[0], "192.0.2.1:1", "what the client claims comes first");
    assert!(addresses[1].starts_with("127.0.0.1:"), "what is true comes last: {addresses:?}");
}

#[tokio::test]
async fn a_large_body_arrives_whole_and_comes_back_whole() {
    let running = Application::granted("").start().await.unwrap();
    let sent: Vec<u8> = (0..3_000_000_u32).map(|index| index.to_le_bytes()[index as usize % 3]).collect();
    let request = running.request("POST", "/echo").body(Full::from(sent.clone())).unwrap();
    assert!(body(running.send(request).await).await == sent);
}

#[tokio::test]
async fn head_is_answered_without_a_body() {
    let running = Application::granted("").start().await.unwrap();
    let response = running.send(running.request("HEAD", "/instance").body(Full::default()).unwrap()).await;
    assert_eq!(response.status(), 200);
    assert!(response.headers().contains_key("content-length"));
    assert!(body(response).await.is_empty());
}

#[tokio::test]
async fn a_path_without_a_route_is_not_found_and_spins_own_health_path_answers() {
    let running = Application::with_manifest(&manifest("").replace("/...", "/only")).start().await.unwrap();
    let response = running.open("/elsewhere").await;
    assert_eq!(response.status(), 404);
    assert!(body(response).await.is_empty());
    assert_eq!(body(running.open("/.well-known/spin/health").await).await, "OK");
}

#[tokio::test]
async fn a_request_that_names_no_host_gets_no_answer() {
    let running = Application::granted("").start().await.unwrap();
    let address = running.server.url();
    let mut stream = TcpStream::connect(address.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(b"GET /instance HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    // Whether the connection ends or is reset is the system's business.
    let _ = stream.read_to_string(&mut answer).await;
    assert_eq!(answer, "");
}

#[tokio::test]
async fn each_component_serves_its_own_routes_with_its_own_grants() {
    let second = r#"
        [[trigger.http]]
        route = "/key-value"
        component = "other"
    "#;
    let manifest = manifest(r#"key_value_stores = ["default"]"#);
    let (head, component) = manifest.split_once("[component.fixture]").unwrap();
    let other = component.replace(r#"key_value_stores = ["default"]"#, "");
    let both = format!("{head}{second}[component.fixture]{component}\n[component.other]{other}");
    let running = Application::with_manifest(&both).start().await.unwrap();
    let denied = running.post("/key-value", json!({ "store": "default", "call": "keys" })).await;
    assert_eq!(denied, json!({ "error": "Error::AccessDenied" }));
    assert!(running.get("/instance").await["id"].is_string());
}
