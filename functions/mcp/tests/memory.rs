//! What answering a hostile message takes: WebAssembly memory never shrinks, so one message must not make it large.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use axum::body::Body;
use common::{Assistant, network, now};
use hostile::{BODIES, LARGEST};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use platform_native::memory::World;

/// Bytes that may be allocated at one time for one request.
const MOST: u64 = 16 << 20;

fn message(body: Vec<u8>) -> Request<Body> {
    // An older client: nothing is refused for its headers before the body is read.
    Request::post("http://localhost/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

/// The status and the text of the reply to a message, and the most bytes that were allocated at one time meanwhile.
fn measured(assistant: &mut Assistant, body: Vec<u8>) -> (StatusCode, String, u64) {
    measured_request(assistant, message(body))
}

fn measured_request(assistant: &mut Assistant, request: Request<Body>) -> (StatusCode, String, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut reply = None;
    let used = allocation_counter::measure(|| {
        reply = Some(runtime.block_on(async {
            let response = assistant.send(request).await;
            (response.status(), response.into_body().collect().await.unwrap().to_bytes())
        }));
    });
    let (status, text) = reply.unwrap();
    (status, String::from_utf8(text.into()).unwrap(), used.bytes_max)
}

fn assistant() -> Assistant {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(Assistant::in_world(World::default().at(now()), Some(network())))
}

#[test]
fn no_hostile_message_takes_much_memory() {
    let mut assistant = assistant();
    // What is remembered between requests does not count.
    measured(&mut assistant, b"{}".to_vec());
    for hostile in BODIES {
        let body = hostile.call();
        assert!(body.len() <= LARGEST, "{}: {} bytes", hostile.name, body.len());
        let (_, reply, most) = measured(&mut assistant, body);
        println!("{most:>10} {}: {}", hostile.name, &reply[..reply.len().min(150)]);
        assert!(most < MOST, "{}: {most} bytes; {reply}", hostile.name);
        assert!(reply.len() < 40_000, "{}: {} bytes", hostile.name, reply.len());
    }
}

#[test]
fn what_there_is_too_much_of_is_named_with_its_limit_and_a_remedy() {
    let mut assistant = assistant();
    let hostile = BODIES.iter().find(|hostile| hostile.name == "many empty lists").unwrap();
    let (status, reply, _) = measured(&mut assistant, hostile.call());
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        reply.contains("more than 6000 objects and lists") && reply.contains("single numbers"),
        "{reply}"
    );
}

#[test]
fn a_call_with_a_vector_for_every_assumption_is_answered() {
    let mut assistant = assistant();
    let arguments =
        String::from_utf8(hostile::largest_legitimate()).unwrap().replace(r#""output":"days","#, "");
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"simulate","arguments":{arguments}}}}}"#
    );
    assert!(call.len() <= LARGEST);
    let (status, reply, most) = measured(&mut assistant, call.into_bytes());
    assert_eq!(status, StatusCode::OK);
    assert!(
        reply.contains("1y_sector_roi") && !reply.contains(r#""isError":true"#),
        "{}",
        &reply[..reply.len().min(2000)]
    );
    println!("{most}");
}

/// What the database itself holds meanwhile is not counted here; `scripts/measure-gateway` measures the whole process.
#[cfg(feature = "gateway")]
#[test]
fn the_tools_of_connected_servers_are_held_once_as_they_are_stored_and_once_as_they_are_written() {
    use platform::Statement;

    let mut assistant = assistant();
    let list = || {
        let caller = web::Caller { owner: Some("me".to_owned()), ..web::Caller::operator() };
        let mut request = common::request("tools/list", serde_json::json!({}));
        request.extensions_mut().insert(caller);
        request
    };
    // It makes the tables.
    let (status, own, _) = measured_request(&mut assistant, list());
    assert_eq!(status, StatusCode::OK, "{own}");
    let insert = "WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 999) \
                  INSERT INTO mcp_tools (owner, server, name, exposed, shown) SELECT 'me', 'many', 'tool_' || n, 'many__tool_' || n, \
                  '{\"name\":\"many__tool_' || n || '\",\"description\":\"' || replace(hex(zeroblob(500)), '0', 'x') \
                  || '\",\"inputSchema\":{\"type\":\"object\"}}' FROM n";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(assistant.platform.database().run(vec![Statement::new(insert, [])])).unwrap();

    let (status, reply, most) = measured_request(&mut assistant, list());
    assert_eq!(status, StatusCode::OK);
    assert_eq!(reply.matches("\"many__tool_").count(), 1_000);
    let length = reply.len() as u64;
    assert!(length > 1_000_000);
    println!("{most} bytes for a list of {length}");
    assert!(most < 3 * length, "{most} bytes for a list of {length}");
}
