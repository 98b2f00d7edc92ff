//! Which clients may ask, and where they are answered.

use std::{fs, time::Instant};

use contract::{
    cases,
    http::Client,
    platforms::{Platform, Stop},
    scene::{Scene, Service, at_once},
    suite::{Ask, Case},
};
use serde_json::json;

use super::{CALLBACK, Host, STATE, is_a_page, oauth_error, parameter};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = cases![Scene::Imported =>
        the_same_metadata_are_the_same_client,
        a_client_with_an_address_that_is_no_website_is_not_registered,
        an_address_that_was_not_registered_is_never_redirected_to,
        a_native_client_is_answered_on_any_port_of_this_machine,
        every_other_error_goes_to_the_client_with_its_state_and_the_issuer,
        claude_is_known_without_asking_anybody,
        a_description_is_fetched_from_listed_hosts_by_https_only,
        a_registration_of_another_type_or_too_large_is_refused,
    ];
    let name = concat!(module_path!(), "::a_thousand_registrations_are_too_many");
    cases.push(Case { name: name.to_owned(), ask: Ask::Platform(a_thousand_registrations_are_too_many) });
    let name = concat!(module_path!(), "::a_provider_that_the_manifest_does_not_grant_is_named_in_the_log");
    let only_spin = |platform: &'static Platform| match platform.reports {
        "spin" => Ok(()),
        _ => Err("hosts are granted on Spin only"),
    };
    let ask = Ask::SomePlatforms(only_spin, a_provider_that_the_manifest_does_not_grant_is_named_in_the_log);
    cases.push(Case { name: name.to_owned(), ask });
    cases
}

fn the_same_metadata_are_the_same_client(service: &Service) {
    let metadata = json!({"client_name": "Same", "redirect_uris": [CALLBACK]});
    let registered = service.post("/register").json(&metadata).send().expect(201);
    assert_eq!(registered.must_have("cache-control"), "no-store");
    assert_eq!(registered.json()["token_endpoint_auth_method"], "none");
    let (one, same, other) =
        (Host::new(service, "Same"), Host::new(service, "Same"), Host::new(service, "Other"));
    assert_eq!(one.id, same.id);
    assert_ne!(one.id, other.id);
}

fn a_client_with_an_address_that_is_no_website_is_not_registered(service: &Service) {
    for uri in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://app.example",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "http://app.example/callback",
        "http://localhost.evil.example/callback",
        "https://user@app.example/",
        "https://app.example/#fragment",
        "cursor://callback",
        "//app.example/",
        "",
    ] {
        let refused = service.post("/register").json(&json!({"redirect_uris": [uri]})).send();
        assert_eq!(oauth_error(&refused), "invalid_redirect_uri", "{uri}");
    }
}

fn an_address_that_was_not_registered_is_never_redirected_to(service: &Service) {
    let host = Host::new(service, "Exact");
    for uri in [
        "https://evil.example/callback",
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example/Callback",
        "https://app.example:443/callback",
        "https://app.example.evil.example/callback",
        "https://app.example/callback#x",
        "javascript:alert(1)",
        "data:text/html,x",
        "",
    ] {
        is_a_page(&host.ask(&[("redirect_uri", uri)]), 400);
        // Nor with an error that would otherwise be redirected.
        is_a_page(&host.ask(&[("redirect_uri", uri), ("response_type", "token")]), 400);
    }
    is_a_page(&host.ask(&[("client_id", "client_of-nobody-in-particular"), ("redirect_uri", CALLBACK)]), 400);
    is_a_page(&host.ask(&[("client_id", "")]), 400);
}

fn a_native_client_is_answered_on_any_port_of_this_machine(service: &Service) {
    let host = Host::new(service, "Native");
    assert_eq!(host.ask(&[("redirect_uri", "http://127.0.0.1:41234/callback")]).status, 200);
    for uri in [
        "http://127.0.0.1:41234/other",
        "http://localhost:41234/callback",
        "http://127.0.0.1.evil.example/callback",
    ] {
        is_a_page(&host.ask(&[("redirect_uri", uri)]), 400);
    }
}

fn every_other_error_goes_to_the_client_with_its_state_and_the_issuer(service: &Service) {
    let host = Host::new(service, "Errors");
    for (changes, error) in [
        (&[("response_type", "token")][..], "unsupported_response_type"),
        (&[("response_type", "")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("resource", "https://other.example/mcp")], "invalid_target"),
        (&[("scope", "admin deploy")], "invalid_scope"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("prompt", "none")], "interaction_required"),
        (&[("request_uri", "https://evil.example/")], "request_uri_not_supported"),
    ] {
        let refused = host.ask(changes).expect(302);
        let location = refused.must_have("location");
        assert!(location.starts_with(&format!("{CALLBACK}?")), "{location}");
        assert_eq!(parameter(location, "error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(parameter(location, "state").as_deref(), Some(STATE));
        assert_eq!(parameter(location, "iss").as_deref(), Some(host.origin.as_str()));
        assert_eq!(parameter(location, "code"), None);
    }
}

fn claude_is_known_without_asking_anybody(service: &Service) {
    let host = Host::new(service, "Not Claude");
    let claude = "https://claude.ai/oauth/mcp-oauth-client-metadata";
    let page =
        host.ask(&[("client_id", claude), ("redirect_uri", "https://claude.ai/api/mcp/auth_callback")]);
    assert_eq!(page.status, 200, "{}", page.shown());
    assert!(
        page.text().contains("<strong>Claude</strong>")
            && page.text().contains("published by <strong>claude.ai")
    );
    let code = "https://claude.ai/oauth/claude-code-client-metadata";
    let page =
        host.ask(&[("client_id", code), ("redirect_uri", "http://localhost:53111/callback")]).expect(200);
    assert!(page.text().contains("Only go on if you started this yourself."));
}

fn a_description_is_fetched_from_listed_hosts_by_https_only(service: &Service) {
    let host = Host::new(service, "Descriptions");
    let own = format!("http://{}/health", service.authority());
    for id in [
        own.as_str(),
        "http://claude.ai/oauth/other",
        "https://evil.example/client.json",
        "https://127.0.0.1/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/client.json",
        "https://claude.ai:8443/client.json",
        "https://claude.ai@evil.example/client.json",
        "https://claude.ai.evil.example/client.json",
        "https://claude.ai/a/../client.json",
        "https://claude.ai/",
        "ftp://claude.ai/client.json",
    ] {
        is_a_page(&host.ask(&[("client_id", id)]), 400);
    }
}

fn a_registration_of_another_type_or_too_large_is_refused(service: &Service) {
    let typed =
        |kind: &str, body: String| service.post("/register").header("content-type", kind).body(body).send();
    assert_eq!(typed("text/plain", "{}".to_owned()).status, 415);
    assert_eq!(typed("application/json", format!("{{\"x\":\"{}\"}}", "x".repeat(5000))).status, 413);
    for body in ["", "[]", "{", "null", "\"x\""] {
        assert_eq!(
            oauth_error(&typed("application/json", body.to_owned())),
            "invalid_client_metadata",
            "{body}"
        );
    }
}

fn a_provider_that_the_manifest_does_not_grant_is_named_in_the_log(platform: &'static Platform) {
    let variables = [("LOGIN_OIDC_ISSUER", "https://login.example"), ("LOGIN_OIDC_CLIENT_ID", "edge")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let site = (platform.site)().expect("a place to run");
    let running = site.start(&variables).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, Vec::new()).expect("a URL");
    let host = Host::new(&client, "Not granted");
    let refused = host.form(&host.page(&[]), &[("scope", "read"), ("decision", "oidc")]).send();
    is_a_page(&refused, 503);
    assert!(!refused.text().contains("spin.toml"), "the log is for the operator, the page for a person");
    running.stop(Stop::Gently);
    let log = fs::read_to_string(site.state().expect("a folder").join("server.log")).expect("a log");
    let said = "allowed_outbound_hosts of this component in spin.toml does not name login.example";
    assert!(log.contains(said), "{log}");
}

/// What one address may register in a minute.
const A_MINUTE: u64 = 120;

fn a_thousand_registrations_are_too_many(platform: &'static Platform) {
    let site = (platform.site)().expect("a place to run");
    let running = site.start(&[]).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, Vec::new()).expect("a URL");
    let since = Instant::now();
    let taken = at_once(4, |worker| {
        let mut taken = 0;
        for number in 0..250 {
            let metadata = json!({"redirect_uris": [format!("https://app.example/{worker}/{number}")]});
            let reply = client.post("/register").json(&metadata).send();
            match reply.status {
                201 => taken += 1,
                429 => {
                    let seconds: u64 = reply.must_have("retry-after").parse().expect("seconds");
                    assert!((1..=60).contains(&seconds), "{seconds}");
                }
                other => panic!("{other}: {}", reply.shown()),
            }
        }
        taken
    });
    let taken: u64 = taken.into_iter().sum();
    let windows = since.elapsed().as_secs() / 60 + 1;
    assert!(taken >= 1 && taken <= A_MINUTE * windows, "{taken} in {windows} minutes");
}
