//! `GET /docs`, `/openapi.json`.

use std::collections::BTreeSet;

use contract::{
    cases,
    http::Reply,
    operations::{Operation, operations},
    scene::{Scene, Service},
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

use crate::support::SERIES;

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::AnyNetwork =>
            the_documentation_is_a_page,
            the_page_needs_nothing_from_another_site,
            every_file_that_the_page_names_is_there,
            the_licences_that_a_script_of_the_page_refers_to_are_there,
            the_document_is_openapi_3_1,
            every_reference_in_the_document_leads_somewhere,
            every_schema_in_the_document_is_valid,
            the_document_lists_every_route,
            every_operation_states_who_may_ask_and_by_what_name,
            the_page_has_its_policy_under_every_path,
            a_file_name_without_end_is_just_not_there,
            the_document_lists_every_assumption_and_every_series,
            the_document_lists_every_field_of_the_history,
            problems_are_as_documented,
            a_body_that_the_document_forbids_is_refused,
            an_import_and_a_message_that_the_document_forbids_are_refused,
        ],
        cases![Scene::Imported => replies_are_as_documented],
        cases![Scene::AnyNetwork => every_documented_path_answers_as_documented]
            .into_iter()
            .map(Case::without_key)
            .collect(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(crate) fn document(service: &Service) -> Value {
    let reply = service.get("/openapi.json").send().expect(200);
    assert_eq!(reply.media_type(), "application/json");
    reply.json()
}

fn the_documentation_is_a_page(service: &Service) {
    assert_eq!(service.get("/docs").send().expect(200).media_type(), "text/html");
}

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!("{name}=\"");
    page.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn the_page_needs_nothing_from_another_site(service: &Service) {
    let reply = service.get("/docs").send().expect(200);
    let page = reply.text();
    for link in attributes(page, "src").into_iter().chain(attributes(page, "href")) {
        assert!(link.starts_with('/') && !link.starts_with("//"), "{link} lies elsewhere");
    }
    // What a script of the page would fetch from elsewhere, the browser refuses.
    let policy = reply.must_have("content-security-policy");
    assert!(policy.contains("default-src 'self'"), "{policy}");
    assert!(!policy.contains("http") && !policy.contains('*'), "{policy}");
}

fn the_page_has_its_policy_under_every_path(service: &Service) {
    let policy = service.get("/docs").send().must_have("content-security-policy").to_owned();
    for path in ["/docs/", "/docs/index.html"] {
        assert_eq!(
            service.get(path).send().expect(200).must_have("content-security-policy"),
            policy,
            "{path}"
        );
    }
}

fn a_file_name_without_end_is_just_not_there(service: &Service) {
    for length in [101, 255, 256, 1000, 4000] {
        assert_eq!(
            service.get(&format!("/docs/{}", "a".repeat(length))).send().refused(404).code,
            "NOT_FOUND"
        );
    }
}

fn every_file_that_the_page_names_is_there(service: &Service) {
    let page = service.get("/docs").send().expect(200);
    let links: Vec<_> =
        attributes(page.text(), "src").into_iter().chain(attributes(page.text(), "href")).collect();
    let mut found = BTreeSet::new();
    for link in links {
        let reply = service.get(link).send().expect(200);
        let expected = match link.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("png") => "image/png",
            Some("json") => "application/json",
            other => panic!("{link}: what is {other:?}?"),
        };
        assert_eq!(reply.media_type(), expected, "{link}");
        assert!(reply.body.len() > 100, "{link}");
        found.insert(expected);
    }
    assert!(found.contains("text/javascript") && found.contains("text/css"), "{found:?}");
}

fn the_licences_that_a_script_of_the_page_refers_to_are_there(service: &Service) {
    let script = service.get("/docs/swagger-ui-bundle.js").send().expect(200);
    let (_, after) = script.text().split_once("For license information please see ").expect("a reference");
    let name = after.split_whitespace().next().expect("a file's name");
    let licences = service.get(&format!("/docs/{name}")).send().expect(200);
    assert_eq!(licences.media_type(), "text/plain");
    assert!(licences.text().contains("MIT"), "{}", licences.text());
}

fn the_document_is_openapi_3_1(service: &Service) {
    let reply = service.get("/openapi.json").send().expect(200);
    let document = reply.json();
    assert!(
        document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")),
        "{}",
        document["openapi"]
    );
    for part in ["title", "version"] {
        assert!(document["info"][part].as_str().is_some_and(|text| !text.is_empty()), "info.{part}");
    }
    // An independent reader of OpenAPI 3.1.
    let read = oas3::from_json(reply.text()).unwrap_or_else(|error| panic!("{error}"));
    let mut names = BTreeSet::new();
    for (path, method, operation) in read.operations() {
        assert!(path.starts_with('/'), "{path}");
        let name =
            operation.operation_id.clone().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
        assert!(names.insert(name.clone()), "two operations are called {name}");
        assert!(
            operation.summary.is_some() || operation.description.is_some(),
            "{method} {path} is not explained"
        );
        let responses =
            operation.responses.as_ref().unwrap_or_else(|| panic!("{method} {path} has no answers"));
        // What a form of the sign-in leads to is another page, or another site; two paths of old clients lead to /docs.
        let leads_on =
            path.starts_with("/authorize") || ["/grimoire", "/arcane-docs"].contains(&path.as_str());
        let good = if leads_on { ['2', '3'] } else { ['2', '2'] };
        assert!(responses.keys().any(|status| status.starts_with(good)), "{method} {path}");
    }
    for (path, item) in document["paths"].as_object().expect("paths") {
        let placeholders: BTreeSet<_> =
            path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        for operation in item.as_object().expect("operations").values() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
            let declared: BTreeSet<_> =
                in_path.map(|parameter| parameter["name"].as_str().expect("a name")).collect();
            assert_eq!(declared, placeholders, "{path}");
        }
    }
}

fn every_reference_in_the_document_leads_somewhere(service: &Service) {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document(service);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} lies elsewhere"));
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let schemes = &document["components"]["securitySchemes"];
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("operations").values() {
            for requirement in operation["security"].as_array().into_iter().flatten() {
                for name in requirement.as_object().expect("a requirement").keys() {
                    assert!(schemes[name].is_object(), "{name}");
                }
            }
        }
    }
}

/// Every schema of the document, with where it stands.
fn schemas(document: &Value) -> Vec<(String, &Value)> {
    fn collect<'a>(at: &str, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let at = format!("{at}/{name}");
                    if name == "schema" { found.push((at, value)) } else { collect(&at, value, found) }
                }
            }
            Value::Array(values) => {
                values
                    .iter()
                    .enumerate()
                    .for_each(|(index, value)| collect(&format!("{at}/{index}"), value, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect("", &document["paths"], &mut found);
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        found.push((format!("components/{name}"), schema));
    }
    found
}

fn every_schema_in_the_document_is_valid(service: &Service) {
    let document = document(service);
    let schemas = schemas(&document);
    assert!(schemas.len() > 10, "{} schemas", schemas.len());
    for (at, schema) in schemas {
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            panic!("{at}: {error}");
        }
    }
}

/// What existing clients and the contract call; the document may have more.
const ROUTES: &[(&str, &str)] = &[
    ("/health", "get"),
    ("/accuracy", "get"),
    ("/historical-data", "get"),
    ("/historical-data/full", "get"),
    ("/simulate", "get"),
    ("/simulate/full", "get"),
    ("/simulate/full-with-history", "get"),
    ("/simulate", "post"),
    ("/simulate/full", "post"),
    ("/simulate/full-with-history", "post"),
    ("/mcp", "post"),
    ("/admin/update-cache", "post"),
    ("/internal/schedule/update-cache", "post"),
    ("/admin/snapshot", "put"),
    ("/admin/snapshots", "get"),
    ("/admin/snapshots/{date}", "get"),
    ("/admin/snapshots/{date}/restore", "post"),
];

fn the_document_lists_every_route(service: &Service) {
    let document = document(service);
    for &(path, method) in ROUTES {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
}

fn every_operation_states_who_may_ask_and_by_what_name(service: &Service) {
    let known = ["read", "jobs", "models", "connect", "deploy", "approve", "admin"];
    let open = ["/api/auth", "/api/keys", "/api/grants", "/api/grants/{id}"];
    let document = document(service);
    for operation in operations(service) {
        let Operation { method, template, id, scopes, .. } = &operation;
        assert!(scopes.iter().all(|scope| known.contains(&scope.as_str())), "{id}: {scopes:?}");
        let is_open = open.contains(&template.as_str()) || operation.is_open();
        assert_eq!(scopes.is_empty(), is_open, "{id}: {scopes:?}");
        // A name that every language takes for a function, in one style.
        assert!(id.starts_with(|c: char| c.is_ascii_lowercase()), "{id}");
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{id}");
        let documented = &document["paths"][template][method.as_str().to_lowercase()];
        let secured = documented["security"].as_array().is_some_and(|list| !list.is_empty());
        assert!(secured || !operation.is_operators(), "{id} asks for no key");
        if scopes == &["read"] {
            let security = &documented["security"];
            assert_eq!(security, &json!([{}, {"key": []}]), "{id} can be asked without a key, or with one");
        }
        for status in ["401", "403", "429", "503"] {
            let declared = documented["responses"][status].is_object();
            assert!(declared || operation.is_open(), "{id} does not declare {status}");
        }
        let with_body = documented["requestBody"].is_object();
        for status in ["400", "413", "415"] {
            assert!(
                !with_body || documented["responses"][status].is_object(),
                "{id} does not declare {status}"
            );
        }
    }
}

/// A schema, where it is a reference the one it refers to.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a reference that leads somewhere"),
        None => schema,
    }
}

fn request_schema(document: &Value) -> &Value {
    resolved(
        document,
        &document["paths"]["/simulate"]["post"]["requestBody"]["content"]["application/json"]["schema"],
    )
}

fn the_document_lists_every_assumption_and_every_series(service: &Service) {
    let document = document(service);
    let schema = request_schema(&document);
    for name in [
        "rbp",
        "rr",
        "fpr",
        "lock_target",
        "forecast_length_days",
        "sector_duration_days",
        "gamma",
        "gamma_weight_type",
        "fil_plus_multiplier",
        "qa_renewal_multiplier",
        "use_available_supply",
        "daily_burnt_fil",
        "baseline_eib",
        "output",
        "resolution",
        "name",
        "label",
    ] {
        assert!(schema["properties"][name]["description"].is_string(), "{name} is explained");
    }
    assert_eq!(schema["additionalProperties"], false);
    let text = schema["properties"]["output"].to_string();
    for name in SERIES {
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
    let content = &document["paths"]["/simulate"]["post"]["responses"]["200"]["content"]["application/json"];
    let reply = &resolved(&document, &content["schema"])["properties"]["simulation_output"]["properties"];
    for name in SERIES {
        let told = reply[name]["description"].as_str().unwrap_or_else(|| panic!("{name} is not explained"));
        assert!(told.contains("Unit: "), "{name}: {told}");
    }
}

fn the_document_lists_every_field_of_the_history(service: &Service) {
    let document = document(service);
    let data = service.history("/historical-data");
    let content =
        &document["paths"]["/historical-data"]["get"]["responses"]["200"]["content"]["application/json"];
    let documented = &resolved(&document, &content["schema"])["properties"]["data"]["properties"];
    for name in data["field_meta"].as_object().expect("an object").keys() {
        assert!(documented[name]["description"].is_string(), "{name}");
    }
}

/// Demands that a body is one that the document describes for this path, method and status.
pub(crate) fn assert_documented(document: &Value, path: &str, method: &str, reply: &Reply) {
    let responses = &document["paths"][path][method]["responses"];
    let content = &responses[reply.status.to_string()]["content"];
    let media_type = reply.media_type();
    let schema = &content[media_type]["schema"];
    assert!(schema.is_object(), "{method} {path}: {} {media_type} is not documented", reply.status);
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
    let body = if media_type == "text/csv" { json!(reply.text()) } else { reply.json() };
    if let Err(error) = validator.validate(&body) {
        panic!("{}: at {}: {error}", reply.described, error.instance_path());
    }
}

fn every_documented_path_answers_as_documented(service: &Service) {
    let document = document(service);
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let url = path
                .replace("{date}", "2001-01-01")
                .replace("{id}", "none")
                .replace("{type}", "prd")
                .replace("{kind}", "standards");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            // Without a key and without a body: what comes is a refusal for some, but never that there is no such path.
            let reply = service.request(method, &url).send_unchecked().expect("an answer");
            let documented = operation["responses"].as_object().expect("answers");
            assert!(
                documented.contains_key(&reply.status.to_string()),
                "{}: {}",
                reply.described,
                reply.status
            );
            assert!(![404, 405, 500].contains(&reply.status), "{}: {}", reply.described, reply.status);
        }
    }
}

fn problems_are_as_documented(service: &Service) {
    let document = document(service);
    let schema = json!({"$ref": "#/components/schemas/Problem", "components": document["components"]});
    let problem = jsonschema::draft202012::new(&schema).expect("a schema");
    let invalid = service.post("/simulate").json(&json!({"rbp": -1})).send();
    assert_documented(&document, "/simulate", "post", &invalid);
    assert_documented(&document, "/simulate", "post", &service.post("/simulate").body("{").send());
    let history = service.get("/historical-data?fields=nonsense").send();
    assert_documented(&document, "/historical-data", "get", &history);
    for reply in [
        service.get("/nothing").send(),
        service.post("/health").send(),
        service.get("/admin/snapshots").send(),
    ] {
        assert!(problem.is_valid(&reply.json()), "{}", reply.shown());
    }
}

fn an_import_and_a_message_that_the_document_forbids_are_refused(service: &Service) {
    let document = document(service);
    let validator = |path: &str, verb: &str| {
        let content = &document["paths"][path][verb]["requestBody"]["content"]["application/json"];
        let mut schema = resolved(&document, &content["schema"]).clone();
        schema["components"] = document["components"].clone();
        jsonschema::draft202012::new(&schema).expect("a schema")
    };
    let import = validator("/admin/snapshot", "put");
    let network = service.network().document.clone();
    let mut without_power = network.clone();
    without_power["offline_data"]["historical_raw_power_eib"].take();
    for (body, allowed) in [(network, true), (json!({}), false), (json!([]), false), (without_power, false)] {
        assert_eq!(import.is_valid(&body), allowed, "the document on an import");
        if !allowed {
            let sent = service.admin(Method::PUT, "/admin/snapshot").json(&body).send();
            assert_eq!(sent.status, 422, "{}", sent.shown());
        }
    }
    let message = validator("/mcp", "post");
    for (body, allowed) in [
        (json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}), true),
        (json!({}), false),
        (json!({"id": 1, "method": "ping"}), false),
        (json!({"jsonrpc": "1.0", "id": 1, "method": "ping"}), false),
        (json!({"jsonrpc": "2.0", "id": 1}), false),
        (json!("ping"), false),
    ] {
        assert_eq!(message.is_valid(&body), allowed, "the document on {body}");
        let sent = service
            .post("/mcp")
            .header("accept", "application/json, text/event-stream")
            .json(&body)
            .send_unchecked()
            .expect("an answer");
        assert_eq!(sent.status == 200, allowed, "the service on {body}: {}", sent.shown());
    }
}

fn a_body_that_the_document_forbids_is_refused(service: &Service) {
    let document = document(service);
    let mut schema = request_schema(&document).clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    for (body, allowed) in [
        (json!({}), true),
        (json!({"rbp": 4, "rr": 0.5, "output": "days", "forecast_length_days": 5}), true),
        (
            json!({"gamma_weight_type": ["geometric", "harmonic"], "forecast_length_days": 2, "output": ["days"]}),
            true,
        ),
        (
            json!({"resolution": "monthly", "use_available_supply": true, "baseline_eib": [1], "forecast_length_days": 1}),
            true,
        ),
        (json!({"rbp": -1}), false),
        (json!({"rr": 1.01}), false),
        (json!({"rpb": 4}), false),
        (json!({"forecast_length_days": 7301}), false),
        (json!({"forecast_length_days": 0.5}), false),
        (json!({"output": "nights"}), false),
        (json!({"output": []}), true),
        (json!({"output": "all", "name": "mine"}), true),
        (json!({"name": "x".repeat(201)}), false),
        (json!({"baseline_eib": []}), false),
        (json!({"gamma_weight_type": 3}), false),
        (json!({"resolution": "hourly"}), false),
        (json!({"use_available_supply": 1}), false),
    ] {
        assert_eq!(validator.is_valid(&body), allowed, "the document on {body}");
        let status = service.post("/simulate").json(&body).send().status;
        assert_eq!(status == 200, allowed, "the service on {body}: {status}");
    }
}

fn replies_are_as_documented(service: &Service) {
    let document = document(service);
    assert_documented(&document, "/health", "get", &service.get("/health").send());
    for path in ["/historical-data", "/historical-data/full"] {
        assert_documented(&document, path, "get", &service.get(path).send());
        let table = service.get(path).header("accept", "text/csv").send();
        assert_documented(&document, path, "get", &table);
        let all =
            "fields=circ_supply,lock_ratio,burnt_fil,renewal_rate&resolution=monthly&start_date=2025-01-01";
        assert_documented(&document, path, "get", &service.get(&format!("{path}?{all}")).send());
    }
    assert_documented(&document, "/accuracy", "get", &service.get("/accuracy").send());
    let request = json!({"forecast_length_days": 30});
    for path in ["/simulate", "/simulate/full", "/simulate/full-with-history"] {
        assert_documented(&document, path, "post", &service.post(path).json(&request).send());
        let table = service.post(path).json(&request).header("accept", "text/csv").send();
        assert_documented(&document, path, "post", &table);
        let linked = service.get(&format!("{path}?rr=0.8&forecast_length_days=40")).send();
        assert_documented(&document, path, "get", &linked);
    }
    let current = service.network().current().to_string();
    assert_documented(
        &document,
        "/admin/snapshots",
        "get",
        &service.admin(Method::GET, "/admin/snapshots").send(),
    );
    let export = service.admin(Method::GET, &format!("/admin/snapshots/{current}")).send();
    assert_documented(&document, "/admin/snapshots/{date}", "get", &export);
    let missing = service.admin(Method::GET, "/admin/snapshots/2001-01-01").send();
    assert_documented(&document, "/admin/snapshots/{date}", "get", &missing);
}
