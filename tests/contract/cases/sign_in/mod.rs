//! Signing in for an MCP host: `/authorize`, `/token`, `/register`, `/revoke`, and the metadata documents.

mod clients;
mod consent;
mod flow;
mod tokens;

use contract::{
    http::{Client, Reply, Request},
    scene::Service,
    suite::Case,
};
use http::Method;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    [flow::cases(), consent::cases(), clients::cases(), tokens::cases()].into_iter().flatten().collect()
}

/// The verifier and challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "https://app.example/callback";
const STATE: &str = "s t&a=te";

/// An MCP host that asks a service for access.
pub(crate) struct Host<'a> {
    service: &'a Client,
    id: String,
    origin: String,
}

/// The consent page as a browser has it.
struct Page {
    cookie: String,
    ticket: String,
}

impl<'a> Host<'a> {
    /// A host that registered itself.
    pub(crate) fn new(service: &'a Client, name: &str) -> Self {
        let metadata = json!({
            "client_name": name, "redirect_uris": [CALLBACK, "http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none", "application_type": "native",
        });
        let client = service.post("/register").json(&metadata).send().expect(201).json();
        let id = client["client_id"].as_str().expect("an id").to_owned();
        Self { service, id, origin: format!("http://{}", service.authority()) }
    }

    /// The query of its authorization request, with these parameters in place of its own; an empty value leaves one out.
    fn query(&self, changes: &[(&str, &str)]) -> String {
        let resource = format!("{}/mcp", self.origin);
        let own = [
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", CALLBACK),
            ("state", STATE),
            ("scope", "read jobs offline_access"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("resource", &resource),
        ];
        format!("/authorize?{}", form(&changed(&own, changes)))
    }

    fn ask(&self, changes: &[(&str, &str)]) -> Reply {
        self.service.get(&self.query(changes)).send()
    }

    /// Opens the consent page.
    fn page(&self, changes: &[(&str, &str)]) -> Page {
        let page = self.ask(changes).expect(200);
        let cookie = page.must_have("set-cookie").split(';').next().expect("a cookie").to_owned();
        Page { cookie, ticket: ticket(page.text()) }
    }

    /// The form as a browser sends it.
    fn form<'s>(&'s self, page: &Page, fields: &[(&str, &str)]) -> Request<'s> {
        let mut all = vec![("ticket", page.ticket.as_str())];
        all.extend(fields);
        post(self.service, "/authorize", &all)
            .header("cookie", &page.cookie)
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin")
    }

    /// Sends the form with a key.
    fn consent(&self, page: &Page, key: &str) -> Reply {
        let fields = [("scope", "read"), ("scope", "jobs"), ("key", key), ("decision", "allow")];
        self.form(page, &fields).send()
    }

    /// A code, for somebody who signs in with a key.
    pub(crate) fn code(&self, key: &str) -> String {
        let answer = self.consent(&self.page(&[]), key).expect(303);
        parameter(answer.must_have("location"), "code").expect("a code")
    }

    /// What `/token` answers to a code, with these fields in place of the right ones.
    pub(crate) fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> Reply {
        let own = [
            ("grant_type", "authorization_code"),
            ("client_id", self.id.as_str()),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        post(self.service, "/token", &changed(&own, changes)).send()
    }

    /// What `/token` answers to a refresh token.
    pub(crate) fn refresh(&self, token: &str) -> Reply {
        let fields = [("grant_type", "refresh_token"), ("client_id", &self.id), ("refresh_token", token)];
        post(self.service, "/token", &fields).send()
    }

    /// Access and refresh token, for somebody who signs in with a key.
    fn tokens(&self, key: &str) -> (String, String) {
        tokens(&self.exchange(&self.code(key), &[]).ok())
    }
}

/// A key that the operator makes.
fn key(service: &Service) -> (String, String) {
    let body = json!({"name": "person", "scopes": ["read", "jobs", "admin"]});
    let made = service.admin(Method::POST, "/api/admin/keys").json(&body).send().expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("id"), text("key"))
}

/// Whether a token or key is taken.
fn is_good(service: &Client, token: &str) -> bool {
    service.get("/api/auth").bearer(token).send().status == 200
}

pub(crate) fn tokens(body: &Value) -> (String, String) {
    let text = |name: &str| body[name].as_str().expect("a token").to_owned();
    (text("access_token"), text("refresh_token"))
}

fn post<'a>(service: &'a Client, path: &str, pairs: &[(&str, &str)]) -> Request<'a> {
    service.post(path).header("content-type", "application/x-www-form-urlencoded").body(form(pairs))
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn changed<'a>(own: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = own.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())).copied().collect()
}

/// The ticket in a page's form.
fn ticket(page: &str) -> String {
    let (_, after) = page.split_once("name=\"ticket\" value=\"").expect("a ticket");
    after.split('"').next().expect("its end").to_owned()
}

/// A parameter of an address that is there once.
fn parameter(location: &str, name: &str) -> Option<String> {
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(given, _)| given == name);
    let value = found.next().map(|(_, value)| value.into_owned());
    assert!(found.next().is_none(), "{name} is twice in {location}");
    value
}

/// The error that a program is told.
fn oauth_error(reply: &Reply) -> String {
    assert!([400, 401].contains(&reply.status), "{}: {}", reply.described, reply.shown());
    assert_eq!(reply.must_have("cache-control"), "no-store");
    reply.json()["error"].as_str().expect("an error").to_owned()
}

/// Demands a page that leads nowhere.
fn is_a_page(reply: &Reply, status: u16) {
    assert_eq!((reply.status, reply.media_type()), (status, "text/html"), "{}", reply.shown());
    assert_eq!(reply.header("location"), None, "{}", reply.described);
}
