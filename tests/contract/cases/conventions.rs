//! What holds for every path: methods, slashes, validators, request ids, CORS.

use std::collections::BTreeMap;

use contract::{
    cases,
    http::Reply,
    operations::operations,
    scene::{ORIGINS, Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::json;

use crate::support::not_at_midnight;

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::AnyNetwork =>
            a_method_that_is_not_possible_is_405_and_allow_lists_what_is,
            head_answers_as_get_does_but_without_a_body,
            head_of_every_operation_that_can_be_got_has_its_status_and_no_body,
            head_of_an_error_has_its_status_and_no_body,
            head_of_a_path_for_posting_is_405,
            options_works_everywhere,
            a_trailing_slash_is_accepted,
            a_trailing_slash_is_accepted_when_posting,
            every_get_answer_carries_an_etag,
            an_unchanged_answer_is_304_without_a_body,
            if_none_match_takes_lists_strong_tags_and_the_star,
            another_query_has_another_etag,
            a_forecast_ignores_if_none_match,
            every_answer_has_a_request_id_of_its_own,
            a_callers_request_id_is_kept,
            a_request_id_that_could_harm_a_log_is_replaced,
            browsers_may_call_from_everywhere,
            preflight_is_answered_for_every_path,
            a_page_that_may_not_call_mcp_is_told_in_the_preflight_how_it_may,
            a_page_that_may_call_mcp_opens_the_way_for_no_other_that_is_named_beside_it,
            errors_may_be_read_by_browsers_too,
            rate_limit_and_mcp_headers_are_exposed_to_browsers,
            an_unknown_path_is_404_and_says_where_the_paths_are,
            errors_are_not_cached,
        ],
        cases![Scene::AnyNetwork => every_operation_has_an_answer_with_an_id_whoever_asks]
            .into_iter()
            .map(Case::without_key)
            .collect(),
        cases![Scene::Bare =>
            origins_that_are_listed_may_call_and_others_may_not,
            preflight_answers_listed_origins_only,
            without_data_a_forecast_is_503_and_says_how_to_load_it,
            without_data_bad_input_is_still_refused_with_a_problem,
        ],
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The pages, which the document does not describe.
const PAGES: [&str; 4] = ["/", "/docs", "/docs/page.js", "/openapi.json"];

/// Every path, and the methods besides HEAD and OPTIONS that it has.
fn paths(service: &Service) -> BTreeMap<String, Vec<Method>> {
    let mut paths: BTreeMap<_, _> = PAGES.map(|page| (page.to_owned(), vec![Method::GET])).into();
    for operation in operations(service) {
        paths.entry(operation.path).or_default().push(operation.method);
    }
    paths
}

/// The paths that anybody may get.
const READABLE: [&str; 8] = [
    "/health",
    "/historical-data",
    "/historical-data/full",
    "/historical-data?fields=burnt_fil,lock_ratio&resolution=monthly",
    "/simulate?rr=0.8&output=circ_supply&forecast_length_days=60",
    "/docs",
    "/docs/page.js",
    "/openapi.json",
];

fn a_method_that_is_not_possible_is_405_and_allow_lists_what_is(service: &Service) {
    for (path, possible) in paths(service) {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if possible.contains(&method) {
                continue;
            }
            let reply = service.request(method.clone(), &path).send_unchecked().expect("an answer");
            assert_eq!(reply.status, 405, "{method} {path}");
            // The protocol has an error of its own.
            if path != "/mcp" {
                assert_eq!(reply.refused(405).code, "METHOD_NOT_ALLOWED");
            }
            let allow = reply.must_have("allow");
            let mut listed: Vec<_> =
                allow.split(',').map(str::trim).filter(|name| *name != "OPTIONS").collect();
            listed.sort_unstable();
            let mut expected: Vec<_> = possible.iter().map(Method::as_str).collect();
            if possible.contains(&Method::GET) {
                expected.push("HEAD");
            }
            expected.sort_unstable();
            assert_eq!(listed, expected, "{method} {path}: Allow: {allow}");
        }
    }
}

fn head_answers_as_get_does_but_without_a_body(service: &Service) {
    not_at_midnight();
    for path in READABLE.into_iter().chain(["/"]) {
        let (get, head) = (service.get(path).send(), service.request(Method::HEAD, path).send());
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-type", "etag", "cache-control", "location", "content-security-policy"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
        if let Some(length) = head.header("content-length") {
            assert_eq!(length.parse::<usize>(), Ok(get.body.len()), "{path}");
        }
    }
}

fn head_of_every_operation_that_can_be_got_has_its_status_and_no_body(service: &Service) {
    not_at_midnight();
    let operations = operations(service);
    let gets: Vec<_> = operations
        .iter()
        .filter(|operation| operation.method == Method::GET && !operation.is_endless())
        .collect();
    assert!(gets.len() >= 8, "{gets:?}");
    for path in gets.into_iter().map(|operation| &operation.path) {
        let get = service.get(path).send_unchecked().expect("an answer");
        let head = service.request(Method::HEAD, path).send_unchecked().expect("an answer");
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "www-authenticate", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

fn head_of_an_error_has_its_status_and_no_body(service: &Service) {
    for (path, status) in [
        ("/nothing", 404),
        ("/docs/nothing.js", 404),
        ("/historical-data?fields=nonsense", 422),
        ("/admin/snapshots", 401),
    ] {
        let head = service.request(Method::HEAD, path).send();
        assert_eq!((head.status, head.body.len()), (status, 0), "{path}");
    }
}

fn head_of_a_path_for_posting_is_405(service: &Service) {
    let only_posting = paths(service).into_iter().filter(|(_, possible)| !possible.contains(&Method::GET));
    let only_posting: Vec<_> = only_posting.map(|(path, _)| path).collect();
    assert!(only_posting.len() >= 3, "{only_posting:?}");
    for path in only_posting {
        let head = service.request(Method::HEAD, &path).send_unchecked().expect("an answer");
        assert_eq!((head.status, head.body.len()), (405, 0), "{path}");
        assert!(!head.must_have("allow").is_empty());
    }
}

fn options_works_everywhere(service: &Service) {
    for path in paths(service).into_keys() {
        let reply = service.request(Method::OPTIONS, &path).send();
        assert!([200, 204].contains(&reply.status) && reply.body.is_empty(), "{path}: {}", reply.status);
    }
}

fn a_trailing_slash_is_accepted(service: &Service) {
    not_at_midnight();
    for path in ["/health", "/historical-data", "/historical-data/full", "/docs", "/openapi.json"] {
        let (plain, slash) = (service.get(path).send(), service.get(&format!("{path}/")).send());
        assert_eq!((slash.status, &slash.body), (200, &plain.body), "{path}/");
        assert_eq!(slash.header("etag"), plain.header("etag"), "{path}/");
    }
    let (path, slash) = ("/historical-data?fields=lock_ratio", "/historical-data/?fields=lock_ratio");
    assert_eq!(service.get(slash).send().ok(), service.get(path).send().ok());
}

fn a_trailing_slash_is_accepted_when_posting(service: &Service) {
    not_at_midnight();
    let request = json!({"forecast_length_days": 30, "output": "circ_supply"});
    for path in ["/simulate", "/simulate/full", "/simulate/full-with-history"] {
        assert_eq!(service.simulate(&format!("{path}/"), &request), service.simulate(path, &request));
    }
}

fn every_get_answer_carries_an_etag(service: &Service) {
    for path in READABLE {
        let tag = service.get(path).send().expect(200).must_have("etag").to_owned();
        let opaque = tag.trim_start_matches("W/");
        assert!(opaque.len() > 6 && opaque.starts_with('"') && opaque.ends_with('"'), "{path}: {tag}");
    }
}

fn an_unchanged_answer_is_304_without_a_body(service: &Service) {
    not_at_midnight();
    for path in READABLE {
        for method in [Method::GET, Method::HEAD] {
            let tag = service.get(path).send().expect(200).must_have("etag").to_owned();
            let unchanged = service.request(method, path).header("if-none-match", &tag).send().expect(304);
            assert!(unchanged.body.is_empty(), "{path}");
            assert_eq!(unchanged.must_have("etag"), tag);
        }
    }
}

fn if_none_match_takes_lists_strong_tags_and_the_star(service: &Service) {
    let path = "/openapi.json";
    let tag = service.get(path).send().expect(200).must_have("etag").to_owned();
    let strong = tag.trim_start_matches("W/");
    let ask = |value: &str| service.get(path).header("if-none-match", value).send().status;
    for value in [&format!("\"other\", {tag}"), &format!("W/\"other\",{tag} , \"third\""), strong, "*"] {
        assert_eq!(ask(value), 304, "If-None-Match: {value}");
    }
    for value in ["\"other\"", "W/\"other\"", strong.trim_matches('"'), "\"*\""] {
        assert_eq!(ask(value), 200, "If-None-Match: {value}");
    }
    let several = service.get(path).header("if-none-match", "\"other\"").header("if-none-match", &tag).send();
    assert_eq!(several.status, 304);
}

fn another_query_has_another_etag(service: &Service) {
    let mut tags: Vec<String> = [
        "/historical-data",
        "/historical-data/full",
        "/historical-data?resolution=monthly",
        "/historical-data?fields=burnt_fil",
        "/historical-data?fields=burnt_fil,lock_ratio",
        "/historical-data/full?fields=burnt_fil",
    ]
    .map(|path| service.get(path).send().expect(200).must_have("etag").to_owned())
    .into();
    let all = tags.len();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), all);
}

fn a_forecast_ignores_if_none_match(service: &Service) {
    let request = json!({"forecast_length_days": 9, "output": "days"});
    let reply = service.post("/simulate").json(&request).header("if-none-match", "*").send().expect(200);
    assert!(!reply.body.is_empty());
    assert_eq!(reply.must_have("cache-control"), "no-store");
}

fn every_answer_has_a_request_id_of_its_own(service: &Service) {
    let id = |reply: &Reply| reply.must_have("x-request-id").to_owned();
    let mut ids = vec![
        id(&service.get("/health").send()),
        id(&service.get("/health").send()),
        id(&service.get("/").send()),
        id(&service.get("/nothing").send()),
        id(&service.post("/health").send()),
        id(&service.post("/simulate").body("{").send()),
        id(&service.post("/simulate").json(&json!({"forecast_length_days": 8})).send()),
        id(&service.get("/openapi.json").header("if-none-match", "*").send()),
        id(&service.request(Method::OPTIONS, "/simulate").send()),
        id(&service.request(Method::HEAD, "/health").send()),
    ];
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{ids:?}");
}

fn a_callers_request_id_is_kept(service: &Service) {
    let longest = "a".repeat(64);
    for id in ["7f9c-Trace_01.b", "x", &longest] {
        for path in ["/health", "/nothing"] {
            let reply = service.get(path).header("x-request-id", id).send();
            assert_eq!(reply.must_have("x-request-id"), id);
        }
    }
}

fn a_request_id_that_could_harm_a_log_is_replaced(service: &Service) {
    let long = "a".repeat(500);
    for id in [&long, "two words", "<script>", "a\"b", "é", "a,b", "%0a"] {
        let reply = service.get("/health").header("x-request-id", id).send().expect(200);
        assert_ne!(reply.must_have("x-request-id"), id);
    }
}

/// The values of a header that is a list of names, in lower case.
fn names(reply: &Reply, header: &str) -> Vec<String> {
    let all = reply.headers.get_all(header).iter().map(|value| value.to_str().unwrap().to_lowercase());
    all.flat_map(|value| value.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()).collect()
}

fn browsers_may_call_from_everywhere(service: &Service) {
    for origin in ["https://anywhere.example", "http://localhost:5173"] {
        let get =
            service.get("/historical-data?fields=lock_ratio").header("origin", origin).send().expect(200);
        let request = json!({"forecast_length_days": 9, "output": "days"});
        let post = service.post("/simulate").json(&request).header("origin", origin).send().expect(200);
        for reply in [get, post] {
            let allowed = reply.must_have("access-control-allow-origin");
            assert!(allowed == "*" || allowed == origin, "{allowed}");
        }
    }
}

fn preflight_is_answered_for_every_path(service: &Service) {
    for (path, possible) in paths(service) {
        for method in possible {
            let reply = service
                .request(Method::OPTIONS, &path)
                .header(
                    "origin",
                    if path == "/mcp" { "http://localhost:5173" } else { "https://anywhere.example" },
                )
                .header("access-control-request-method", method.as_str())
                .header(
                    "access-control-request-headers",
                    "content-type, authorization, if-none-match, x-request-id",
                )
                .send();
            assert!([200, 204].contains(&reply.status), "{path}: {}", reply.status);
            assert!(matches!(
                reply.header("access-control-allow-origin"),
                Some("*" | "https://anywhere.example" | "http://localhost:5173")
            ));
            let methods = names(&reply, "access-control-allow-methods");
            assert!(
                methods.contains(&method.as_str().to_lowercase()) || methods == ["*"],
                "{path}: {methods:?}"
            );
            let headers = names(&reply, "access-control-allow-headers");
            for header in ["content-type", "authorization", "if-none-match", "x-request-id"] {
                assert!(headers.iter().any(|name| name == header), "{path}: {headers:?}");
            }
            let seconds: u32 = reply.must_have("access-control-max-age").parse().expect("seconds");
            assert!(seconds >= 60, "a preflight for every request is slow");
        }
    }
}

fn a_page_that_may_not_call_mcp_is_told_in_the_preflight_how_it_may(service: &Service) {
    let ask = |method: Method, origin: &str| {
        service
            .request(method, "/mcp")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("content-type", "application/json")
            .send_unchecked()
            .expect("an answer")
    };
    for method in [Method::OPTIONS, Method::POST] {
        let reply = ask(method, "https://anywhere.example");
        assert_eq!(reply.status, 403, "{}", reply.described);
        assert!(reply.text().contains("MCP_ALLOWED_ORIGINS"), "{}", reply.text());
        assert_eq!(reply.header("access-control-allow-origin"), None, "{}", reply.described);
    }
    let reply = ask(Method::OPTIONS, "http://localhost:5173");
    assert!([200, 204].contains(&reply.status), "{}", reply.described);
    assert_eq!(reply.must_have("access-control-allow-origin"), "http://localhost:5173");
}

fn a_page_that_may_call_mcp_opens_the_way_for_no_other_that_is_named_beside_it(service: &Service) {
    let (good, evil) = ("http://localhost:5173", "https://evil.example");
    let ask = |origins: &[&str]| {
        let request = service.post("/mcp").header("accept", "application/json, text/event-stream");
        let request = origins.iter().fold(request, |request, origin| request.header("origin", origin));
        let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
        request.json(&ping).send_unchecked().expect("an answer").status
    };
    assert_eq!(ask(&[good]), 200);
    // Hosts differ in which of two they hand on, or hand on both as one.
    for both in [[good, evil], [evil, good]] {
        assert_eq!(ask(&both), 403, "{both:?}");
    }
}

fn every_operation_has_an_answer_with_an_id_whoever_asks(service: &Service) {
    for operation in operations(service) {
        let reply =
            service.request(operation.method.clone(), &operation.path).send_unchecked().expect("an answer");
        let what = format!("{} {}: {}", operation.method, operation.path, reply.status);
        assert!(!reply.must_have("x-request-id").is_empty(), "{what}");
        assert_eq!(reply.must_have("x-content-type-options"), "nosniff", "{what}");
        assert!(reply.status < 500 || reply.status == 503, "{what}");
        if operation.is_operators() {
            assert!([401, 503].contains(&reply.status), "{what}");
        } else if operation.scopes.contains(&"read".to_owned()) {
            assert_ne!(reply.status, 401, "{what}");
        }
        if reply.status >= 400 && !operation.is_mcp() && !operation.is_sign_in() {
            assert_eq!(reply.media_type(), "application/problem+json", "{what}");
        }
    }
}

fn errors_may_be_read_by_browsers_too(service: &Service) {
    let origin = "https://anywhere.example";
    for reply in [
        service.get("/nothing").header("origin", origin).send(),
        service.post("/health").header("origin", origin).send(),
        service.post("/simulate").body("{").header("origin", origin).send(),
        service.post("/simulate").json(&json!({"rbp": -1})).header("origin", origin).send(),
        service.get("/admin/snapshots").header("origin", origin).send(),
    ] {
        assert!(reply.status >= 400);
        assert!(matches!(reply.header("access-control-allow-origin"), Some("*")), "{}", reply.described);
    }
}

fn rate_limit_and_mcp_headers_are_exposed_to_browsers(service: &Service) {
    let reply = service.get("/health").header("origin", "https://anywhere.example").send();
    let exposed = names(&reply, "access-control-expose-headers");
    for name in [
        "etag",
        "mcp-session-id",
        "mcp-protocol-version",
        "ratelimit",
        "ratelimit-limit",
        "ratelimit-policy",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "www-authenticate",
        "x-request-id",
    ] {
        assert!(exposed.iter().any(|exposed| exposed == name), "{name} is not among {exposed:?}");
    }
}

fn an_unknown_path_is_404_and_says_where_the_paths_are(service: &Service) {
    for path in
        ["/nothing", "/simulat", "/Simulate", "/simulate/all", "/admin", "/api/nothing", "/health/deep"]
    {
        let problem = service.get(path).send().refused(404);
        assert_eq!(problem.code, "NOT_FOUND");
        assert!(problem.detail.contains("/docs") && problem.detail.contains(path), "{}", problem.detail);
    }
}

fn errors_are_not_cached(service: &Service) {
    for reply in [service.get("/nothing").send(), service.get("/historical-data?resolution=hourly").send()] {
        assert_eq!(reply.must_have("cache-control"), "no-store", "{}", reply.described);
        assert_eq!(reply.header("etag"), None);
    }
}

fn origins_that_are_listed_may_call_and_others_may_not(service: &Service) {
    for origin in ORIGINS {
        let reply = service.get("/health").header("origin", origin).send().expect(200);
        assert_eq!(reply.must_have("access-control-allow-origin"), origin);
        assert!(names(&reply, "vary").contains(&"origin".to_owned()), "a cache must tell origins apart");
    }
    for origin in ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"] {
        let reply = service.get("/health").header("origin", origin).send().expect(200);
        assert_eq!(reply.header("access-control-allow-origin"), None, "{origin}");
    }
}

fn preflight_answers_listed_origins_only(service: &Service) {
    let ask = |origin: &str| {
        let preflight = service.request(Method::OPTIONS, "/simulate").header("origin", origin);
        preflight.header("access-control-request-method", "POST").send()
    };
    assert_eq!(ask(ORIGINS[0]).must_have("access-control-allow-origin"), ORIGINS[0]);
    assert_eq!(ask("https://evil.example").header("access-control-allow-origin"), None);
}

fn without_data_a_forecast_is_503_and_says_how_to_load_it(service: &Service) {
    for reply in [
        service.post("/simulate").send(),
        service.post("/simulate/full").json(&json!({"rbp": 4})).send(),
        service.post("/simulate/full-with-history").send(),
        service.get("/historical-data").send(),
        service.get("/historical-data/full?fields=lock_ratio").send(),
    ] {
        let problem = reply.refused(503);
        assert_eq!(problem.code, "NO_SNAPSHOT");
        assert!(problem.detail.contains("PUT /admin/snapshot"), "{}", problem.detail);
        assert_eq!(reply.header("etag"), None);
    }
}

fn without_data_bad_input_is_still_refused_with_a_problem(service: &Service) {
    for reply in [
        service.post("/simulate").json(&json!({"rbp": -1})).send(),
        service.post("/simulate").body("{").send(),
        service.get("/historical-data?fields=nonsense").send(),
    ] {
        // What is wrong first, the request or the service, is not for the contract to say.
        assert!([400, 422, 503].contains(&reply.status), "{}", reply.described);
    }
}
