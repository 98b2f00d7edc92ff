//! What can be asked of a service, as its OpenAPI document lists it. Cases that walk every operation take the list from here, so
//! that none is left out.

use http::Method;

use crate::scene::Service;

/// An operation of the document.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path as the document writes it.
    pub template: String,
    /// The path with a value for every parameter.
    pub path: String,
    /// The name.
    pub id: String,
    /// The scopes that a caller has to have; none where everybody may ask.
    pub scopes: Vec<String>,
    /// What it takes of a caller's quota, at least.
    pub cost: u64,
    /// Whether it takes more by what is asked for.
    pub is_costed_by_size: bool,
}

impl Operation {
    /// Whether only the operator may ask.
    #[must_use]
    pub fn is_operators(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "admin")
    }

    /// Whether the Model Context Protocol says how it answers, and not the conventions of the other paths.
    #[must_use]
    pub fn is_mcp(&self) -> bool {
        self.template == "/mcp"
    }

    /// Whether everybody may ask, and nobody looks at a key that comes with it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        [
            "/health",
            "/accuracy",
            "/grimoire",
            "/arcane-docs",
            "/api/mcp-servers/{name}/heartbeat",
            "/api/artifacts/{id}/{type}",
        ]
        .contains(&self.template.as_str())
            || self.is_sign_in()
            || self.template.starts_with("/.well-known/")
    }

    /// Whether its answer goes on for minutes, whatever happens: a stream of events that no job ends.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        self.template == "/events"
    }

    /// Whether OAuth says how it answers.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        ["/authorize", "/authorize/callback", "/token", "/register", "/revoke"]
            .contains(&self.template.as_str())
    }
}

/// Every operation of the document.
///
/// # Panics
/// When an operation does not state its name, scopes and cost, or has a parameter of which no value is known here.
#[must_use]
pub fn operations(service: &Service) -> Vec<Operation> {
    let document = service.get("/openapi.json").send().ok();
    let mut operations = Vec::new();
    for (template, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let stated = |name: &str| {
                operation.get(name).unwrap_or_else(|| panic!("{method} {template} does not state {name}"))
            };
            let scopes = stated("x-scopes").as_array().expect("a list of scopes");
            operations.push(Operation {
                method: Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method"),
                path: with_values(template),
                template: template.clone(),
                id: stated("operationId").as_str().expect("a name").to_owned(),
                cost: stated("x-cost").as_u64().expect("a whole number"),
                is_costed_by_size: operation["x-cost-by-size"] == true,
                scopes: scopes.iter().map(|scope| scope.as_str().expect("a name").to_owned()).collect(),
            });
        }
    }
    assert!(operations.len() >= 10, "{operations:?}");
    operations
}

/// The operations that only the holder of `ADMIN_API_KEY` may ask for. (Those below `/api` know other keys too.)
#[must_use]
pub fn of_the_operator(service: &Service) -> Vec<Operation> {
    let mut found = operations(service);
    found.retain(|operation| operation.is_operators() && !operation.template.starts_with("/api/"));
    assert!(found.len() >= 5, "{found:?}");
    found
}

fn with_values(template: &str) -> String {
    let path = template
        .replace("{date}", "2025-09-09")
        .replace("{category}", "nothing")
        .replace("{id}", "nothing")
        .replace("{kind}", "standards")
        .replace("{n}", "1")
        .replace("{name}", "nothing")
        .replace("{tool}", "nothing")
        .replace("{type}", "prd");
    assert!(!path.contains('{'), "{template} has a parameter of which no value is known in {}", file!());
    path
}
