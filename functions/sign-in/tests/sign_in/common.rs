//! The function over stores in memory, whose requests to other hosts reach a server of the test.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use access::{
    KeyRecord, Kind, Limits, NewKey, Scopes, Secret,
    audit::{Act, AuditRow},
    store::KeyStore,
};
use authorization::store::GrantStore;
use axum::{
    Router,
    body::{Body, Bytes},
    response::IntoResponse,
};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use platform::{
    Answer, Application as _, Clock, Config, Database, HttpClient, Log, Platform, Quota, Services, Sleep,
    quota::TableQuota,
};
use platform_native::memory::World;
use tower_service::Service as _;

pub(crate) const HOST: &str = "mechafil.example";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Requests to `https://<host>/<path>` become requests to `http://127.0.0.1:<port>/<host>/<path>`.
struct Diverted {
    world: World,
    port: u16,
}

impl HttpClient for Diverted {
    fn open(&self, mut request: Request<Bytes>) -> Answer<'_, Response<Body>> {
        let uri = request.uri();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let diverted = format!("http://127.0.0.1:{}/{}{path}", self.port, uri.host().unwrap());
        *request.uri_mut() = diverted.parse::<Uri>().unwrap();
        self.world.open(request)
    }
}

/// The other hosts: what each path answers, and how often it was asked.
#[derive(Clone, Default)]
pub(crate) struct Others(Arc<Asked>);

type Reply = Box<dyn Fn(&Sent) -> Response<Body> + Send>;

#[derive(Default)]
struct Asked {
    reply: Mutex<Option<Reply>>,
    calls: AtomicUsize,
}

/// A request as it arrived.
pub(crate) struct Sent {
    /// `/<host>/<path>`.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
}

impl Sent {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

impl Others {
    /// Sets what they answer from now on.
    pub(crate) fn answer(&self, reply: impl Fn(&Sent) -> Response<Body> + Send + 'static) {
        *self.0.reply.lock().unwrap() = Some(Box::new(reply));
    }

    /// How often they were asked since the last time.
    pub(crate) fn take_calls(&self) -> usize {
        self.0.calls.swap(0, Ordering::Relaxed)
    }

    async fn serve(&self) -> u16 {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::clone(&self.0);
        let app = Router::new().fallback(move |request: Request<Body>| async move {
            asked.calls.fetch_add(1, Ordering::Relaxed);
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let sent = Sent {
                path: head.uri.path().to_owned(),
                headers: head.headers,
                form: form_urlencoded::parse(&body).into_owned().collect(),
            };
            let reply = asked.reply.lock().unwrap();
            reply.as_ref().map_or(StatusCode::NOT_FOUND.into_response(), |reply| reply(&sent))
        });
        // It ends with the test's runtime.
        tokio::spawn(async move { axum::serve(listener, app).await });
        port
    }
}

pub(crate) struct Service {
    pub(crate) world: World,
    pub(crate) others: Others,
    app: Router,
    platform: Platform,
}

pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn location(&self) -> &str {
        assert!(self.status == 302 || self.status == 303, "{}: {}", self.status, self.text);
        self.headers["location"].to_str().unwrap()
    }

    /// A page that leads nowhere and says something.
    pub(crate) fn is_page(&self, status: u16, says: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(self.text.contains(says), "{says} is not in {}", self.text);
        assert!(!self.headers.contains_key("location"));
        assert!(self.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    }
}

impl Service {
    /// With these variables, and a world that waits `hurry` times less than it is asked to.
    pub(crate) async fn with(variables: &[(&str, &str)], hurry: u32) -> Self {
        Self::counting_by(variables, hurry, |world| Arc::new(TableQuota::new(world))).await
    }

    /// With a counter of the test's own.
    pub(crate) async fn counting_by(
        variables: &[(&str, &str)],
        hurry: u32,
        quota: impl FnOnce(Arc<World>) -> Arc<dyn Quota>,
    ) -> Self {
        let world = variables
            .iter()
            .fold(World::default().hurried(hurry), |world, (name, value)| world.with_variable(name, value));
        let others = Others::default();
        let port = others.serve().await;
        let shared = Arc::new(world.clone());
        let mut services = Services::default();
        services.add::<dyn Clock>(shared.clone());
        services.add::<dyn Config>(shared.clone());
        services.add::<dyn Log>(shared.clone());
        services.add::<dyn Sleep>(shared.clone());
        services.add::<dyn Quota>(quota(shared.clone()));
        services.add::<dyn Database>(shared);
        services.add::<dyn HttpClient>(Arc::new(Diverted { world: world.clone(), port }));
        let platform = Platform::with("native", &services);
        let app = web::app(sign_in::Function::routes(), platform.clone());
        Self { world, others, app, platform }
    }

    pub(crate) async fn new(variables: &[(&str, &str)]) -> Self {
        Self::with(variables, 1).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.app.clone().call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Got { status: head.status.as_u16(), headers: head.headers, text }
    }

    pub(crate) async fn get(&self, path: &str, cookie: Option<&str>) -> Got {
        let mut request = Request::get(path).header("host", HOST);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, cookie: &str, pairs: &[(&str, &str)]) -> Got {
        let request = Request::post(path)
            .header("host", HOST)
            .header("origin", format!("https://{HOST}"))
            .header("cookie", cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form(pairs))).unwrap()).await
    }

    /// A client that registered itself.
    pub(crate) async fn client(&self) -> String {
        let metadata = serde_json::json!({"client_name": "App", "redirect_uris": [CALLBACK]}).to_string();
        let request =
            Request::post("/register").header("host", HOST).header("content-type", "application/json");
        let got = self.send(request.body(Body::from(metadata)).unwrap()).await;
        let client: serde_json::Value = serde_json::from_str(&got.text).unwrap();
        client["client_id"].as_str().unwrap().to_owned()
    }

    /// What `/authorize` answers to a client.
    pub(crate) async fn authorize(&self, client_id: &str, redirect_uri: &str) -> Got {
        let query = form(&[
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("state", "hosts-state"),
            ("scope", "read jobs"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        self.get(&format!("/authorize?{query}"), None).await
    }

    /// A stored key: its secret.
    pub(crate) async fn key(&self, id: &str, name: &str) -> String {
        let secret = Secret::mint(Kind::Key, [id.len() as u8; 32]);
        let new = NewKey {
            name: name.to_owned(),
            owner: None,
            scopes: Scopes::DEFAULT,
            limits: Limits::DEFAULT,
            tokens_per_day: None,
            expires: None,
        };
        let now = self.platform.clock().now().timestamp_millis();
        let record = KeyRecord::new(new, id.to_owned(), &secret, now);
        GrantStore::open(&self.platform).await.unwrap();
        let row = AuditRow {
            at: now,
            actor: "operator".to_owned(),
            act: Act::KeyCreated,
            target: id.to_owned(),
            address: None,
            request_id: None,
        };
        KeyStore::open(&self.platform).await.unwrap().create(&record, &row).await.unwrap();
        secret.reveal().to_owned()
    }

    /// What the database holds in all tables, as text.
    pub(crate) async fn stored(&self) -> String {
        let select = "SELECT name FROM sqlite_master WHERE type = 'table'";
        let mut text = String::new();
        let tables = self.rows(select.to_owned()).await;
        for row in tables {
            let name = row[0].as_text().unwrap().to_owned();
            let rows = self.rows(format!("SELECT * FROM {name}")).await;
            text.extend([name, ": ".to_owned(), format!("{rows:?}\n")]);
        }
        text
    }

    async fn rows(&self, sql: String) -> Vec<Vec<platform::Value>> {
        let statement = platform::Statement::new(sql.leak(), []);
        self.platform.database().run(vec![statement]).await.unwrap().remove(0).rows
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn cookie(got: &Got) -> String {
    got.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

pub(crate) fn ticket(got: &Got) -> String {
    let (_, after) = got.text.split_once("name=\"ticket\" value=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}

pub(crate) fn parameter(location: &str, name: &str) -> Option<String> {
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let found = form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name);
    found.map(|(_, value)| value.into_owned())
}

/// JSON as a server answers it.
pub(crate) fn json(value: &serde_json::Value) -> Response<Body> {
    ([("content-type", "application/json")], value.to_string()).into_response()
}
