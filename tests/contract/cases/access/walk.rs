//! Every operation and every tool, asked with every kind of key that is not enough.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use chrono::Utc;
use contract::{
    cases,
    operations::operations,
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use super::{make, message, tools};
use crate::support::mistyped;

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Operated => every_operation_and_every_tool_refuses_keys_that_are_not_good_or_not_enough],
        cases![Scene::AnyNetwork => the_document_on_access_has_the_scope_and_cost_of_every_operation_and_tool],
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A well-formed key that this deployment never gave: its checksum is right.
fn foreign() -> String {
    access::Secret::mint(access::Kind::Key, [7; 32]).reveal().to_owned()
}

/// An answer's status and, of a problem, its code.
fn ask(
    service: &Service,
    method: &Method,
    path: &str,
    key: Option<&str>,
    body: Option<&Value>,
) -> (u16, String) {
    let mut request = service.request(method.clone(), path).header("accept", "application/json");
    if let Some(key) = key {
        request = request.bearer(key);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let reply = request.send_unchecked().expect("an answer");
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if [401, 403].contains(&reply.status) {
        let challenge = reply.must_have("www-authenticate");
        assert!(challenge.starts_with("Bearer "), "{challenge}");
        assert_eq!(path == "/mcp", challenge.contains("resource_metadata"), "{path}: {challenge}");
    }
    (reply.status, body["code"].as_str().unwrap_or_default().to_owned())
}

fn every_operation_and_every_tool_refuses_keys_that_are_not_good_or_not_enough(service: &Service) {
    let (revoked_id, revoked) =
        make(service, &json!({"name": "revoked", "scopes": ["read", "jobs", "admin"]}));
    let path = format!("/api/admin/keys/{revoked_id}");
    assert_eq!(service.admin(Method::DELETE, &path).send().status, 200);
    let (_, narrow) = make(service, &json!({"name": "narrow", "scopes": ["connect"]}));
    let (_, narrow_too) = make(service, &json!({"name": "narrow too", "scopes": ["approve"]}));
    let soon = (Utc::now() + Duration::from_secs(10)).to_rfc3339();
    let brief = json!({"name": "expired", "scopes": ["read", "jobs", "admin"], "expires_at": soon});
    let (_, expired) = make(service, &brief);
    let asked_since = Instant::now();
    while ask(service, &Method::GET, "/api/auth", Some(&expired), None).0 == 200 {
        // Only bounds a failure.
        assert!(asked_since.elapsed() < Duration::from_mins(2), "it does not expire");
        thread::sleep(Duration::from_millis(100));
    }
    let mistyped = mistyped(&narrow);
    let bad = [
        (revoked, "KEY_REVOKED"),
        (expired, "KEY_EXPIRED"),
        (mistyped, "KEY_MISTYPED"),
        (foreign(), "KEY_UNKNOWN"),
    ];
    let calls = tools(service).into_iter().map(|tool| {
        let call = message("tools/call", &json!({"name": tool, "arguments": {}}));
        (Method::POST, "/mcp".to_owned(), vec!["read".to_owned()], Some(call))
    });
    let operations = operations(service)
        .into_iter()
        .filter(|operation| !operation.is_open())
        .map(|operation| (operation.method, operation.path, operation.scopes, None))
        .chain(calls);
    for (method, path, scopes, body) in operations {
        let ask = |key: Option<&str>| ask(service, &method, &path, key, body.as_ref());
        for (key, code) in &bad {
            assert_eq!(ask(Some(key)), (401, (*code).to_owned()), "{method} {path}");
        }
        let (without, _) = ask(None);
        let open = scopes == ["read"] || path == "/api/auth";
        assert_eq!(without == 401, !open, "{method} {path} without a key: {without}");
        // One that lacks what this operation wants.
        let has_it = scopes.iter().any(|scope| scope == "connect");
        let (lacking, code) = ask(Some(if has_it { &narrow_too } else { &narrow }));
        let lacks = !scopes.is_empty();
        assert_eq!(
            (lacking == 403, code == "INSUFFICIENT_SCOPE"),
            (lacks, lacks),
            "{method} {path}: {lacking} {code}"
        );
    }
    let (health, _) = ask(service, &Method::GET, "/health", Some(&foreign()), None);
    assert_eq!(health, 200, "nobody looks at a key there");
}

fn the_document_on_access_has_the_scope_and_cost_of_every_operation_and_tool(service: &Service) {
    let written = fs::read_to_string(contract::root().join("docs/access.md")).expect("docs/access.md");
    let operations = operations(service).into_iter().map(|operation| {
        let scopes = if operation.scopes.is_empty() { "-".to_owned() } else { operation.scopes.join(" ") };
        let more = if operation.is_costed_by_size { " or more" } else { "" };
        format!("| `{} {}` | {scopes} | {}{more} |", operation.method, operation.template, operation.cost)
    });
    let tools = mcp_server::TERMS
        .iter()
        .map(|terms| format!("| `/mcp` tool `{}` | {} | {} |", terms.tool, terms.scope.name(), terms.cost));
    let expected: Vec<String> = operations.chain(tools).collect();
    let missing: Vec<_> = expected.iter().filter(|row| !written.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "docs/access.md lacks these rows:\n{missing:#?}");
    let (_, table) =
        written.split_once("| operation | scope | cost |\n|---|---|---|\n").expect("a table of costs");
    let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let gone: Vec<_> = rows.iter().filter(|row| !expected.iter().any(|known| known == **row)).collect();
    assert!(gone.is_empty(), "docs/access.md has rows of nothing:\n{gone:#?}");
    // A tool without a row of its own would be let through as one that reads.
    let mut named: Vec<_> = mcp_server::TERMS.iter().map(|terms| terms.tool.to_owned()).collect();
    let mut listed = super::tools(service);
    named.sort_unstable();
    listed.sort_unstable();
    assert_eq!(named, listed, "the tools and their terms");
}
