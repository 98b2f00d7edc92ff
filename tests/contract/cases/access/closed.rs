//! A deployment that asks everybody for a key.

use contract::{
    http::Client,
    platforms::{Platform, Running, Site, Stop},
    scene::ADMIN_KEY,
    suite::{Ask, Case},
};
use http::Method;
use serde_json::json;

use super::message;

pub(crate) fn cases() -> Vec<Case> {
    let case = |name: &str, ask| Case { name: format!("{}::{name}", module_path!()), ask };
    let only_spin = |platform: &'static Platform| match platform.reports {
        "spin" => Ok(()),
        _ => Err("a grant can be missing on Spin only; elsewhere the server comes with its counters"),
    };
    vec![
        case(
            "everything_but_the_documentation_and_health_asks_for_a_key",
            Ask::Platform(everything_but_the_documentation_and_health_asks_for_a_key),
        ),
        case(
            "without_a_database_what_cannot_be_counted_is_closed_and_health_says_why",
            Ask::Platform(without_a_database_what_cannot_be_counted_is_closed_and_health_says_why),
        ),
        case(
            "a_database_that_was_not_granted_closes_what_cannot_be_counted",
            Ask::SomePlatforms(only_spin, a_database_that_was_not_granted_closes_what_cannot_be_counted),
        ),
    ]
}

/// A server on a platform without a database, and what its operator sets of that.
fn without_a_database(platform: &'static Platform, set: &str) -> (Box<dyn Site>, Running, Client) {
    let variables = [
        ("ADMIN_API_KEY", ADMIN_KEY),
        ("API_KEYS", "ci:a-key-of-the-settings-for-tests"),
        ("PUBLISH_WITHOUT_DATABASE", set),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let site = (platform.site)().unwrap_or_else(|error| panic!("{error}"));
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let secrets = vec![ADMIN_KEY.to_owned(), "a-key-of-the-settings-for-tests".to_owned()];
    let client = Client::new(&running.base_url, secrets).expect("a URL");
    (site, running, client)
}

fn is_closed_to_all_but_the_operator(client: &Client) {
    for key in [None, Some("a-key-of-the-settings-for-tests")] {
        for path in ["/historical-data?fields=burnt_fil", "/simulate?rr=0.8", "/plot.svg"] {
            let request = match key {
                Some(key) => client.get(path).bearer(key),
                None => client.get(path),
            };
            assert_eq!(request.send().refused(503).code, "NOTHING_CAN_BE_COUNTED", "{path} with {key:?}");
        }
    }
    for path in ["/health", "/docs", "/openapi.json"] {
        assert_eq!(client.get(path).send().status, 200, "{path}");
    }
    let read = client.get("/historical-data?fields=burnt_fil").bearer(ADMIN_KEY).send();
    assert_eq!(read.status, 200, "{}", read.shown());
}

fn without_a_database_what_cannot_be_counted_is_closed_and_health_says_why(platform: &'static Platform) {
    let (_site, running, client) = without_a_database(platform, "true");
    is_closed_to_all_but_the_operator(&client);
    let health = client.get("/health").send().ok();
    assert_eq!(health["status"], "degraded");
    let reason = health["reason"].as_str().expect("a reason");
    assert!(reason.contains("PUBLISH_WITHOUT_DATABASE") && reason.contains("closed"), "{reason}");
    running.stop(Stop::Gently);
}

/// Its operator did not say that there is none.
fn a_database_that_was_not_granted_closes_what_cannot_be_counted(platform: &'static Platform) {
    let (_site, running, client) = without_a_database(platform, "false");
    is_closed_to_all_but_the_operator(&client);
    running.stop(Stop::Gently);
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
    for path in ["/health", "/docs", "/docs/page.js", "/openapi.json", "/accuracy"] {
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
    let ask = |path: &str| {
        client
            .post(path)
            .header("accept", "application/json")
            .header("mcp-session-id", "a-session")
            .json(&listing)
    };
    let place = format!(
        "resource_metadata=\"http://{}/.well-known/oauth-protected-resource/mcp\"",
        client.authority()
    );
    let must_sign_in = |path: &str| {
        let refused = ask(path).send_unchecked().expect("an answer");
        assert_eq!(refused.status, 401, "{path}");
        let challenge = refused.must_have("www-authenticate");
        assert!(challenge.starts_with("Bearer ") && challenge.contains(&place), "{path}: {challenge}");
        assert!(challenge.contains("scope=\"read\"") && !challenge.contains("error="), "{path}: {challenge}");
    };
    for key in [CI, ADMIN_KEY] {
        assert_eq!(client.get("/historical-data?fields=burnt_fil").bearer(key).send().status, 200);
        for path in ["/mcp", "/mcp/"] {
            must_sign_in(path);
            assert_eq!(ask(path).bearer(key).send().status, 200);
            // Each request brings its own credential, also where the one before it had one.
            must_sign_in(path);
            must_sign_in(&format!("{path}?access_token={key}"));
        }
    }
    running.stop(Stop::Gently);
}
