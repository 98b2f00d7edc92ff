//! A deployment that asks everybody for a key.

use contract::{
    http::Client,
    platforms::{Platform, Stop},
    scene::ADMIN_KEY,
    suite::{Ask, Case},
};
use http::Method;
use serde_json::json;

use super::message;

pub(crate) fn cases() -> Vec<Case> {
    let name = concat!(module_path!(), "::everything_but_the_documentation_and_health_asks_for_a_key");
    vec![Case {
        name: name.to_owned(),
        ask: Ask::Platform(everything_but_the_documentation_and_health_asks_for_a_key),
    }]
}

fn everything_but_the_documentation_and_health_asks_for_a_key(platform: &'static Platform) {
    const CI: &str = "a-key-of-the-settings-for-tests";
    let variables = [
        ("ADMIN_API_KEY", ADMIN_KEY),
        ("PUBLIC_ACCESS", "false"),
        ("API_KEYS", "ci:a-key-of-the-settings-for-tests"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let site = (platform.site)().unwrap_or_else(|error| panic!("{error}"));
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned(), CI.to_owned()]).expect("a URL");
    for path in ["/health", "/docs", "/docs/page.js", "/openapi.json"] {
        assert_eq!(client.get(path).send().status, 200, "{path}");
    }
    // The page, which asks for a key itself; where it is not deployed it leads to the documentation.
    assert!([200, 307].contains(&client.get("/").send().status));
    for (method, path) in [
        (Method::GET, "/historical-data"),
        (Method::POST, "/simulate"),
        (Method::GET, "/simulate?rr=0.8"),
        (Method::POST, "/simulate/goal"),
        (Method::GET, "/api/auth"),
    ] {
        let refused = client.request(method.clone(), path).send().refused(401);
        assert_eq!(refused.code, "KEY_MISSING", "{method} {path}");
        assert_eq!(client.request(Method::OPTIONS, path).send().status, 200, "a browser asks without a key");
    }
    let listing = message("tools/list", &json!({}));
    let ask = || client.post("/mcp").header("accept", "application/json").json(&listing);
    let refused = ask().send_unchecked().expect("an answer");
    assert_eq!(refused.status, 401);
    let challenge = refused.must_have("www-authenticate");
    let place = format!(
        "resource_metadata=\"http://{}/.well-known/oauth-protected-resource/mcp\"",
        client.authority()
    );
    assert!(challenge.contains(&place) && challenge.contains("scope=\"read\""), "{challenge}");
    for key in [CI, ADMIN_KEY] {
        assert_eq!(client.get("/historical-data?fields=burnt_fil").bearer(key).send().status, 200);
        assert_eq!(ask().bearer(key).send().status, 200);
    }
    running.stop(Stop::Gently);
}
