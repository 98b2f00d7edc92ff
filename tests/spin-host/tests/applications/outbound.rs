use serde_json::json;

use crate::support::Application;

#[tokio::test]
async fn a_request_goes_out_to_an_allowed_host_and_to_no_other() {
    let grants = r#"
        allowed_outbound_hosts = ["http://127.0.0.1:*"]
        environment = { LEVEL = "debug" }
    "#;
    let running = Application::granted(grants).start().await.unwrap();
    let url = format!("{}/environment%3Fname=LEVEL", running.server.url());
    let fetched = running.get(&format!("/fetch?name={url}")).await;
    assert_eq!(fetched, json!({ "ok": [200, r#"{"ok":"debug"}"#] }));
    let denied = json!({ "error": "ErrorCode::HttpRequestDenied" });
    assert_eq!(running.get(&format!("/fetch?name={}", url.replace("127.0.0.1", "localhost"))).await, denied);
    let running = Application::granted("").start().await.unwrap();
    assert_eq!(running.get(&format!("/fetch?name={url}")).await, denied);
}

#[tokio::test]
async fn a_host_where_nobody_listens_is_told_from_one_that_is_denied() {
    let grants = r#"allowed_outbound_hosts = ["http://127.0.0.1:*"]"#;
    let running = Application::granted(grants).start().await.unwrap();
    // Bound for a moment, so that nobody else listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(
        running.get(&format!("/fetch?name={url}")).await,
        json!({ "error": "ErrorCode::ConnectionRefused" })
    );
}
