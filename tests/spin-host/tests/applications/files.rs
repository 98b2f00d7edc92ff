use serde_json::json;

use crate::support::Application;

#[tokio::test]
async fn a_mounted_directory_can_be_read_and_not_written_nor_left() {
    let application = Application::granted(r#"files = [{ source = "pages", destination = "/site" }]"#);
    application.write("pages/docs/index.html", "<p>hello</p>");
    application.write("private.txt", "private");
    let running = application.start().await.unwrap();
    assert_eq!(running.get("/file?name=/site/docs/index.html").await, json!({ "ok": "<p>hello</p>" }));
    for name in ["/site/absent", "/site/../private.txt", "/spin.toml", "/etc/hostname"] {
        let read = running.get(&format!("/file?name={name}")).await;
        assert!(read["error"].is_string(), "{name}: {read}");
    }
    let written = running.get("/write?name=/site/new").await;
    assert!(written["error"].is_string(), "{written}");
    assert!(!application.path("pages/new").exists());
}
