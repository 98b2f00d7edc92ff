//! How often: exact counts, and what answers say of them.

use contract::{
    cases,
    http::Client,
    platforms::{Platform, Stop},
    scene::{ADDRESS, ADMIN_KEY, Scene, Service, at_once},
    suite::{Ask, Case},
};
use http::Method;
use serde_json::{Value, json};

use super::{make, message};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = cases![Scene::Limited =>
        of_two_hundred_calls_at_once_on_a_key_of_sixty_a_minute_sixty_pass,
        of_two_hundred_calls_at_once_of_which_half_are_anonymous_each_half_has_its_limit,
        a_call_that_is_refused_costs_nothing,
        a_sweep_costs_by_its_size_and_a_bad_one_the_least,
        an_mcp_call_costs_by_its_tool,
        every_limited_answer_says_what_is_left_in_both_forms,
        what_is_open_is_not_counted,
        an_ipv6_network_of_64_bits_shares_a_window,
        a_keys_use_is_noted_and_what_is_left_is_told,
    ];
    let of_platforms: [(_, fn(&'static Platform)); 2] = [
        ("forged_addresses_change_nothing", forged_addresses_change_nothing),
        ("two_servers_on_one_database_count_together", two_servers_on_one_database_count_together),
    ];
    cases.extend(
        of_platforms
            .map(|(name, ask)| Case { name: format!("{}::{name}", module_path!()), ask: Ask::Platform(ask) }),
    );
    cases
}

const CHEAP: &str = "/historical-data?fields=burnt_fil&resolution=monthly";

fn key_of_sixty(service: &Service) -> String {
    make(service, &json!({"name": "sixty", "scopes": ["read"], "requests_per_minute": 60})).1
}

fn passed(statuses: &[u16]) -> usize {
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    statuses.iter().filter(|status| **status == 200).count()
}

fn of_two_hundred_calls_at_once_on_a_key_of_sixty_a_minute_sixty_pass(service: &Service) {
    let key = key_of_sixty(service);
    let statuses = at_once(200, |_| service.get(CHEAP).bearer(&key).send().status);
    assert_eq!(passed(&statuses), 60);
}

fn of_two_hundred_calls_at_once_of_which_half_are_anonymous_each_half_has_its_limit(service: &Service) {
    let key = key_of_sixty(service);
    let statuses = at_once(200, |number| {
        let request = service.get(CHEAP).header(ADDRESS, "192.0.2.100");
        if number % 2 == 0 { request.bearer(&key).send().status } else { request.send().status }
    });
    let half = |first: usize| statuses.iter().copied().skip(first).step_by(2).collect::<Vec<_>>();
    assert_eq!((passed(&half(0)), passed(&half(1))), (60, 60));
}

/// What the caller has left of the limit that is nearest to its end.
fn left(reply: &contract::http::Reply) -> i64 {
    reply.must_have("ratelimit-remaining").parse().expect("a number")
}

fn a_call_that_is_refused_costs_nothing(service: &Service) {
    let ask = |path: &str| service.get(path).header(ADDRESS, "192.0.2.101").send();
    let history = "/historical-data/full?fields=burnt_fil";
    let spent = at_once(29, |_| ask(history).status);
    assert_eq!(passed(&spent), 29);
    assert_eq!(left(&ask(CHEAP)), 1);
    for _ in 0..5 {
        let refused = ask(history);
        assert_eq!((refused.refused(429).code.as_str(), left(&refused)), ("QUOTA_EXCEEDED", 1));
        assert_eq!(refused.json()["violated-policies"], json!(["minute"]));
        let wait: i64 = refused.must_have("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert_eq!(left(&ask(CHEAP)), 0);
}

fn a_sweep_costs_by_its_size_and_a_bad_one_the_least(service: &Service) {
    let ask = |body: &Value| service.post("/simulate/sweep").header(ADDRESS, "192.0.2.102").json(body).send();
    let sweep = |runs: usize| {
        json!({"assumptions": {"forecast_length_days": 365}, "output": "circ_supply",
               "draws": {"n": runs, "seed": 1, "distributions": {"rr": {"uniform": {"low": 0.5, "high": 0.9}}}}})
    };
    let small = ask(&sweep(10)).expect(200);
    assert_eq!(left(&small), 59, "ten years");
    assert_eq!(left(&ask(&sweep(40)).expect(200)), 55, "forty");
    let refused = ask(&json!({"draws": 1}));
    assert_eq!((refused.status, left(&refused)), (422, 54));
}

fn an_mcp_call_costs_by_its_tool(service: &Service) {
    let ask = |method: &str, params: &Value| {
        service
            .post("/mcp")
            .header(ADDRESS, "192.0.2.103")
            .header("accept", "application/json")
            .json(&message(method, params))
            .send_unchecked()
            .expect("an answer")
    };
    assert_eq!(ask("tools/list", &json!({})).header("ratelimit-limit"), None, "a list costs nothing");
    let call =
        |tool: &str, arguments: Value| ask("tools/call", &json!({"name": tool, "arguments": arguments}));
    assert_eq!(left(&call("fetch_context", json!({}))), 59);
    assert_eq!(left(&call("compare_scenarios", json!({"nothing": 1}))), 55, "also with wrong arguments");
    let statuses = at_once(13, |_| call("compare_scenarios", json!({})).status);
    assert_eq!(statuses, [200; 13]);
    assert_eq!(left(&call("fetch_context", json!({}))), 2);
    let refused = call("compare_scenarios", json!({}));
    assert_eq!(refused.status, 401, "so that the host offers to sign in: {}", refused.shown());
    let challenge = refused.must_have("www-authenticate");
    assert!(challenge.contains("resource_metadata=") && challenge.contains("scope=\"read\""), "{challenge}");
    assert_eq!((left(&refused), refused.json()["code"].as_str()), (2, Some("QUOTA_EXCEEDED")));
    assert!(refused.header("retry-after").is_some());
}

fn every_limited_answer_says_what_is_left_in_both_forms(service: &Service) {
    let ask = |path: &str| service.get(path).header(ADDRESS, "192.0.2.104").send();
    for (path, status) in [(CHEAP, 200), ("/historical-data?fields=nonsense", 422)] {
        let reply = ask(path).expect(status);
        let [limit, left, reset, both, policy] =
            ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit", "ratelimit-policy"]
                .map(|name| reply.must_have(name));
        assert_eq!(limit, "60");
        assert!(both.starts_with(&format!("\"minute\";r={left};t={reset}, \"day\";r=")), "{both}");
        assert!(policy.starts_with(&format!("\"minute\";q={limit};w=60, \"day\";q=")), "{policy}");
    }
}

fn what_is_open_is_not_counted(service: &Service) {
    for path in ["/health", "/docs", "/openapi.json", "/nothing"] {
        let reply = service.get(path).header(ADDRESS, "192.0.2.105").send();
        assert_eq!(reply.header("ratelimit-limit"), None, "{path}");
    }
    assert_eq!(left(&service.get(CHEAP).header(ADDRESS, "192.0.2.105").send()), 59);
}

fn an_ipv6_network_of_64_bits_shares_a_window(service: &Service) {
    for (address, expected) in
        [("2001:db8:1:2::1", 59), ("2001:db8:1:2:ffff::9", 58), ("2001:db8:1:3::1", 59)]
    {
        assert_eq!(left(&service.get(CHEAP).header(ADDRESS, address).send()), expected, "{address}");
    }
}

fn a_keys_use_is_noted_and_what_is_left_is_told(service: &Service) {
    let (id, key) = make(service, &json!({"name": "used", "requests_per_minute": 10}));
    let path = format!("/api/admin/keys/{id}");
    assert_eq!(service.admin(Method::GET, &path).send().ok()["last_used_at"], Value::Null);
    assert_eq!(left(&service.get(CHEAP).bearer(&key).send()), 9);
    assert!(service.admin(Method::GET, &path).send().ok()["last_used_at"].is_string());
    let auth = service.get("/api/auth").bearer(&key).send().ok();
    assert_eq!(auth["remaining"]["requests_per_minute"], 9);
    assert_eq!(auth["limits"]["requests_per_minute"], 10);
}

/// A server whose clients say nothing of where they come from that is believed.
fn forged_addresses_change_nothing(platform: &'static Platform) {
    let site = (platform.site)().unwrap_or_else(|error| panic!("{error}"));
    let running = site.start(&[]).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&running.base_url, Vec::new()).expect("a URL");
    let mut expected = 60;
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-for", "192.0.2.2, 192.0.2.3"),
        ("forwarded", "for=192.0.2.4"),
        ("x-real-ip", "192.0.2.5"),
        ("true-client-ip", "192.0.2.6"),
        ("spin-client-addr", "192.0.2.7:1234"),
        ("cf-connecting-ip", "192.0.2.8"),
    ] {
        // Cloudflare's edge refuses the header from a client; `wrangler dev` stands where the edge does and passes it on.
        if platform.name == "workerd" && name == "cf-connecting-ip" {
            continue;
        }
        expected -= 1;
        assert_eq!(left(&client.get(CHEAP).header(name, value).send()), expected, "{name}: {value}");
    }
    running.stop(Stop::Gently);
}

fn two_servers_on_one_database_count_together(platform: &'static Platform) {
    let site = (platform.site)().unwrap_or_else(|error| panic!("{error}"));
    let variables = [("ADMIN_API_KEY".to_owned(), ADMIN_KEY.to_owned())];
    let servers = site.start_two(&variables).unwrap_or_else(|error| panic!("{error}"));
    let clients = servers
        .each_ref()
        .map(|server| Client::new(&server.base_url, vec![ADMIN_KEY.to_owned()]).expect("a URL"));
    let body = json!({"name": "shared", "scopes": ["read"]});
    let made = clients[0].post("/api/admin/keys").bearer(ADMIN_KEY).json(&body).send().expect(201).json();
    let (id, key) = (made["id"].as_str().expect("an id"), made["key"].as_str().expect("a key"));
    let statuses = at_once(200, |number| clients[number % 2].get(CHEAP).bearer(key).send().status);
    assert_eq!(passed(&statuses), 60);
    let path = format!("/api/admin/keys/{id}");
    assert_eq!(clients[0].request(Method::DELETE, &path).bearer(ADMIN_KEY).send().status, 200);
    let refused = clients[1].get(CHEAP).bearer(key).send().refused(401);
    assert_eq!(refused.code, "KEY_REVOKED", "a revocation is seen by the other at once");
    for server in servers {
        server.stop(Stop::Gently);
    }
}
