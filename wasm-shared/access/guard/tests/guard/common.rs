//! An application with one operation of each kind, over stores in memory.

use access::{
    Configured, Expiry, KeyRecord, Kind, Limits, NewKey, Scopes, Secret,
    audit::{Act, AuditRow},
    store::KeyStore,
};
use authorization::{
    Code, Grant, Issuer, Params,
    consent::Consented,
    store::GrantStore,
    token::{Randomness, TokenRequest},
};
use axum::{Router, body::Body, extract::Query, response::Response};
use guard::Guarded;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use platform::{Application, Platform};
use platform_native::memory::World;
use serde_json::Value;
use tower_service::Service as _;
use web::{Calling, Operation, Owner, Permit, Problem, Routes, Scope, Verb};

const OPERATIONS: &[Operation] = &[
    Operation::open(Verb::Get, "/health", "health"),
    Operation::new(Verb::Get, "/read", "read", Scope::Read),
    Operation::new(Verb::Post, "/heavy", "heavy", Scope::Read).costing(7),
    Operation::new(Verb::Post, "/sized", "sized", Scope::Read).costing_by_size(2),
    Operation::new(Verb::Post, "/jobs", "jobs", Scope::Jobs),
    Operation::own(Verb::Get, "/me", "me"),
    Operation::own(Verb::Get, "/mine", "mine"),
    Operation::new(Verb::Get, "/admin", "admin", Scope::Admin),
    Operation::new(Verb::Put, "/import", "import", Scope::Admin).audited(Act::SnapshotImported),
    Operation::new(Verb::Post, "/mcp", "mcp", Scope::Read).costing_by_size(0),
];

/// The application without its guard.
pub(crate) struct Function;

impl Application for Function {
    type Services = ();

    fn routes() -> Router<Platform> {
        Routes::of(OPERATIONS)
            .handle("health", async || "well")
            .handle("read", async || "data")
            .handle("heavy", async || "a forecast")
            .handle("sized", sized)
            .handle("jobs", async || "queued")
            .handle("me", async |Calling(caller): Calling| web::json(&caller.map(|caller| caller.name)))
            .handle("mine", async |Owner { owner, .. }: Owner| owner)
            .handle("admin", async |_: web::Admin| "in")
            .handle("import", import)
            .handle_any_method("mcp", mcp)
            .into()
    }
}

/// `?size=N`; without it the request is refused before its size is known.
async fn sized(permit: Permit, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let size = query.iter().find(|(name, _)| name == "size").and_then(|(_, size)| size.parse().ok());
    let Some(size) = size else { return Err(Problem::invalid(Vec::new())) };
    permit.take(Scopes::NONE, size).await?;
    Ok(web::json(&size))
}

/// Takes everything but `bad`.
async fn import(_: web::Admin, body: String) -> Result<&'static str, Problem> {
    if body == "bad" { Err(Problem::invalid(Vec::new())) } else { Ok("imported") }
}

/// A tool by its name: `read` costs 1, `jobs` needs that scope, anything else costs nothing.
async fn mcp(permit: Permit, body: String) -> Result<Response, Problem> {
    match body.as_str() {
        "read" => permit.take(Scopes::of(&[Scope::Read]), 1).await?,
        "jobs" => permit.take(Scopes::of(&[Scope::Jobs]), 1).await?,
        _ => {}
    }
    Ok(web::json(&body))
}

pub(crate) const OPERATOR: &str = "the-operators-own-admin-key";
/// Noon of a day, in milliseconds since 1970.
pub(crate) const NOON: i64 = 20_000 * 86_400_000 + 43_200_000;

/// An instance over stores that others may share.
#[derive(Clone)]
pub(crate) struct Instance {
    pub(crate) world: World,
    pub(crate) app: Router,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn left(&self) -> i64 {
        self.header("ratelimit-remaining").unwrap().parse().unwrap()
    }
}

pub(crate) fn at(world: World, millis: i64) -> World {
    set(&world, millis);
    world
}

pub(crate) fn set(world: &World, millis: i64) {
    world.set_now(chrono_of(millis));
}

fn chrono_of(millis: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(millis).unwrap()
}

/// Settings beside the operator's key.
pub(crate) fn with(variables: &[(&str, &str)]) -> Instance {
    let world = at(World::default(), NOON).with_variable("ADMIN_API_KEY", OPERATOR);
    Instance::on(variables.iter().fold(world, |world, (name, value)| world.with_variable(name, value)))
}

pub(crate) fn instance() -> Instance {
    with(&[])
}

impl Instance {
    pub(crate) fn on(world: World) -> Self {
        let app = web::app(Guarded::<Function>::routes(), world.platform());
        Self { world, app }
    }

    /// Another instance on the same stores.
    pub(crate) fn another(&self) -> Self {
        Self::on(self.world.clone())
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send_to("mechafil.example", method, path, headers, body).await
    }

    pub(crate) async fn send_to(
        &self,
        host: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.app.clone().call(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        let text = String::from_utf8(bytes).unwrap();
        Reply { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn get_as(&self, path: &str, key: &str) -> Reply {
        self.send("GET", path, &[("authorization", &format!("Bearer {key}"))], "").await
    }

    pub(crate) async fn post_as(&self, path: &str, key: &str) -> Reply {
        self.send("POST", path, &[("authorization", &format!("Bearer {key}"))], "").await
    }

    /// How many of these calls were let through, all of them sent at once.
    pub(crate) async fn let_through(calls: Vec<(Self, &'static str, Option<String>)>) -> Vec<bool> {
        let calls: Vec<_> = calls
            .into_iter()
            .map(|(instance, path, key)| {
                tokio::spawn(async move {
                    let reply = match &key {
                        Some(key) => instance.get_as(path, key).await,
                        None => instance.get(path).await,
                    };
                    assert!([200, 429].contains(&reply.status), "{} {}", reply.status, reply.text);
                    reply.status == 200
                })
            })
            .collect();
        let mut passed = Vec::new();
        for call in calls {
            passed.push(call.await.unwrap());
        }
        passed
    }

    /// Makes a key with these scopes and limits.
    pub(crate) async fn key(
        &self,
        scopes: &[Scope],
        limits: Limits,
        expires: Option<Expiry>,
    ) -> (String, String) {
        let platform = self.world.platform();
        let store = KeyStore::open(&platform).await.unwrap();
        let now = platform.clock().now().timestamp_millis();
        let mut random = [0; 32];
        random[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        let secret = Secret::mint(Kind::Key, random);
        let new = NewKey {
            name: "test".to_owned(),
            owner: None,
            scopes: Scopes::of(scopes),
            limits,
            tokens_per_day: None,
            expires: expires.and_then(Expiry::time),
        };
        let id = uuid::Uuid::new_v4().to_string();
        let record = KeyRecord::new(new, id.clone(), &secret, now);
        store.create(&record, &row(Act::KeyCreated, &id, now)).await.unwrap();
        (id, secret.reveal().to_owned())
    }

    pub(crate) async fn plain_key(&self) -> String {
        self.key(&[Scope::Read, Scope::Jobs], Limits::DEFAULT, None).await.1
    }

    /// An access token that stands for a key, for all that can be handed on, issued at `https://mechafil.example`.
    pub(crate) async fn token(&self, key: &str) -> String {
        // The verifier and challenge of RFC 7636, appendix B.
        const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let platform = self.world.platform();
        let now = platform.clock().now().timestamp_millis();
        let issuer = Issuer::parse("https://mechafil.example").unwrap();
        let code = Secret::mint(Kind::Code, [5; 32]);
        let grant = Grant {
            id: "grant_1".to_owned(),
            key: key.to_owned(),
            owner: key.to_owned(),
            client_id: "client_1".to_owned(),
            client_name: "App".to_owned(),
            redirect_host: "app.example".to_owned(),
            resource: issuer.resource(),
            scopes: Scopes::ALL,
            created: now,
            expires: now + 86_400_000,
            ended: None,
            generation: 0,
            rotated: now,
            last_used: None,
        };
        let code_row = Code {
            hash: code.hash(),
            grant: grant.id.clone(),
            redirect_uri: "https://app.example/".to_owned(),
            challenge: CHALLENGE.to_owned(),
            expires: now + 60_000,
        };
        let form = format!(
            "grant_type=authorization_code&client_id=client_1&code={}&code_verifier={VERIFIER}",
            code.reveal()
        );
        let request = TokenRequest::read(&Params::parse(&form), None, &issuer).unwrap();
        let consented = Consented { grant, code: code_row, location: String::new() };
        let store = GrantStore::open(&platform).await.unwrap();
        store.save(&consented, &row(Act::GrantCreated, "grant_1", now)).await.unwrap();
        let random = Randomness { access: [6; 32], refresh: [7; 32] };
        let tokens = store.redeem(&request, &Configured::default(), random, now).await.unwrap().unwrap();
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn revoke(&self, id: &str) {
        let platform = self.world.platform();
        let store = KeyStore::open(&platform).await.unwrap();
        let now = platform.clock().now().timestamp_millis();
        store.revoke(id, &row(Act::KeyRevoked, id, now)).await.unwrap().unwrap();
    }

    /// The audit trail, newest first.
    pub(crate) async fn audit(&self) -> Vec<AuditRow> {
        let platform = self.world.platform();
        let store = KeyStore::open(&platform).await.unwrap();
        store.list_audit(None, 100).await.unwrap().entries
    }

    /// When the key was last used.
    pub(crate) async fn last_used(&self, id: &str) -> Option<i64> {
        let platform = self.world.platform();
        let store = KeyStore::open(&platform).await.unwrap();
        store.get(id).await.unwrap().unwrap().last_used
    }
}

fn row(act: Act, target: &str, at: i64) -> AuditRow {
    AuditRow {
        at,
        actor: "operator".to_owned(),
        act,
        target: target.to_owned(),
        address: None,
        request_id: None,
    }
}
