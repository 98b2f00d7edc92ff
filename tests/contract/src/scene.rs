//! The states of a service in which cases meet it. Each is a server of its own, started when the first case wants it.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::Method;
use serde_json::Value;

use crate::{
    calendar::Day,
    http::{Client, Reply, Request},
    network::Network,
    platforms::{Platform, Running, Site, Stop},
};

/// The admin key of every service that is started here; it must appear in no answer.
pub const ADMIN_KEY: &str = "contract-suite-Zx81-not-to-be-told";

/// The origins that a service with restricted CORS lets in.
pub const ORIGINS: [&str; 2] = ["https://app.example", "http://localhost:3000"];

/// The header in which cases say where they come from, where a service believes it.
pub const ADDRESS: &str = "x-contract-address";

/// What signs heartbeats where MCP servers may announce themselves.
pub const HEARTBEAT_SECRET: &[u8; 32] = b"01234567890123456789012345678901";

/// A state of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// A network was imported; but the case holds with any network, so it may also be asked of a deployed service.
    AnyNetwork,
    /// A network was imported, and the case knows it. Nobody changes anything.
    Imported,
    /// Nothing was ever loaded: the bundled demonstration network is served. The admin key may stand in the query.
    Bundled,
    /// Nothing was ever loaded and nothing is bundled, there is no admin key, and only some origins may call.
    Bare,
    /// Nothing was ever loaded: the bundled network is served, within the usual limits of keys and addresses. Each case comes from
    /// addresses of its own, or has keys of its own.
    Limited,
    /// Cases import what they need, one case at a time; a new snapshot is noticed at once.
    Operated,
    /// Other MCP servers on this machine may be connected, and announce themselves. Each case has servers with names of its own.
    Connected,
}

impl Scene {
    const ALL: [Self; 6] =
        [Self::Imported, Self::Bundled, Self::Bare, Self::Limited, Self::Operated, Self::Connected];

    fn variables(self) -> Vec<(String, String)> {
        let key = ("ADMIN_API_KEY", ADMIN_KEY.to_owned());
        let unbundled = ("BUNDLED_NETWORK", "false".to_owned());
        // All cases come from one address, and try wrong keys.
        let unlimited = [
            ("ANONYMOUS_REQUESTS_PER_MINUTE", "1000000".to_owned()),
            ("ANONYMOUS_REQUESTS_PER_DAY", "1000000000".to_owned()),
            ("WRONG_KEYS_PER_MINUTE", "1000000".to_owned()),
        ];
        let variables = match self {
            Self::AnyNetwork | Self::Imported => vec![key, unbundled],
            Self::Bundled => vec![key, ("ALLOW_ADMIN_KEY_IN_QUERY", "true".to_owned())],
            Self::Bare => vec![unbundled, ("CORS_ORIGINS", ORIGINS.join(", "))],
            Self::Limited => vec![key, ("CLIENT_ADDRESS_HEADER", ADDRESS.to_owned())],
            Self::Operated => vec![key, unbundled, ("SNAPSHOT_RECHECK_SECONDS", "0".to_owned())],
            Self::Connected => vec![
                key,
                ("MCP_HEARTBEAT_SECRET", format!("whsec_{}", BASE64_STANDARD.encode(HEARTBEAT_SECRET))),
                ("ALLOW_INSECURE_MCP_SERVERS", "true".to_owned()),
                ("MCP_PRIVATE_HOSTS", "http://127.0.0.1:*".to_owned()),
                ("MCP_CALL_TIMEOUT_MS", "5000".to_owned()),
            ],
        };
        let unlimited = if self == Self::Limited { Vec::new() } else { unlimited.to_vec() };
        let closed = self.is_closed().then(|| ("PUBLIC_ACCESS", "false".to_owned()));
        variables
            .into_iter()
            .chain(unlimited)
            .chain(closed)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// Whether the services ask everybody for a key (`CONTRACT_ACCESS=closed`). Cases that send none then send the operator's.
///
/// # Panics
/// When the variable says something else.
#[must_use]
pub fn is_closed_run() -> bool {
    let chosen = std::env::var("CONTRACT_ACCESS").unwrap_or_default();
    assert!(["", "open", "closed"].contains(&chosen.as_str()), "CONTRACT_ACCESS is open or closed");
    chosen == "closed"
}

impl Scene {
    fn is_closed(self) -> bool {
        is_closed_run() && !matches!(self, Self::Bare | Self::Limited | Self::Connected)
    }
}

/// A service as a case meets it.
pub struct Service {
    client: Client,
    admin_key: Option<String>,
    network: Option<Network>,
    /// What `/health` should call the platform; not known of a deployed one.
    pub reports: Option<&'static str>,
}

impl std::ops::Deref for Service {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Service {
    /// A service that is deployed already: with the key, its current snapshot is known too.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn deployed(base_url: &str, admin_key: Option<String>) -> Result<Self, String> {
        let client = Client::new(base_url, admin_key.iter().cloned().collect())?;
        let mut service = Self { client, admin_key, network: None, reports: None };
        let health = service.get("/health").send_unchecked()?;
        if let (Some(date), Some(_)) =
            (health.json()["snapshot"]["current_date"].as_str(), &service.admin_key)
        {
            let export = service.admin(Method::GET, &format!("/admin/snapshots/{date}")).send_unchecked()?;
            service.network = (export.status == 200).then(|| Network { document: export.json() });
        }
        Ok(service)
    }

    /// Whether it is known what network the service has.
    #[must_use]
    pub fn knows_its_network(&self) -> bool {
        self.network.is_some()
    }

    /// The network that the service was given.
    #[must_use]
    pub fn network(&self) -> &Network {
        self.network.as_ref().expect("a network that the suite knows")
    }

    /// A request with the admin key.
    pub fn admin(&self, method: Method, path: &str) -> Request<'_> {
        self.request(method, path).bearer(self.admin_key())
    }

    /// The admin key.
    pub fn admin_key(&self) -> &str {
        self.admin_key.as_ref().expect("an admin key")
    }

    /// Imports a network.
    #[must_use]
    pub fn import(&self, network: &Network) -> Reply {
        self.admin(Method::PUT, "/admin/snapshot")
            .header("content-type", "application/json")
            .body(network.bytes())
            .send()
    }

    /// A forecast, as JSON.
    #[must_use]
    pub fn simulate(&self, path: &str, request: &Value) -> Value {
        self.post(path).json(request).send().ok()
    }

    /// What `/historical-data` holds under `data`.
    #[must_use]
    pub fn history(&self, path_and_query: &str) -> Value {
        let mut reply = self.get(path_and_query).send().ok();
        assert!(reply["data"].is_object(), "{path_and_query}: {reply}");
        reply["data"].take()
    }
}

/// Runs the same thing `count` times at once and returns what each gave, in order.
pub fn at_once<T: Send>(count: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let job = &job;
        let jobs: Vec<_> = (0..count).map(|number| scope.spawn(move || job(number))).collect();
        jobs.into_iter()
            .map(|job| job.join().unwrap_or_else(|panic| panic!("{}", crate::suite::message_of(&*panic))))
            .collect()
    })
}

/// The servers of one platform, one a scene.
pub struct Stage {
    platform: &'static Platform,
    servers: [Server; Scene::ALL.len()],
}

#[derive(Default)]
struct Server {
    service: OnceLock<Result<Service, String>>,
    running: Mutex<Option<(Box<dyn Site>, Running)>>,
    turn: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A case that failed while it had its turn leaves nothing half done here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stage {
    /// The servers of a platform, none of them started.
    #[must_use]
    pub fn new(platform: &'static Platform) -> Self {
        Self { platform, servers: Default::default() }
    }

    /// Lets a case meet the service of its scene.
    pub fn play(&self, scene: Scene, case: &(dyn Fn(&Service) + Send + Sync)) {
        let scene = if scene == Scene::AnyNetwork { Scene::Imported } else { scene };
        let server =
            &self.servers[Scene::ALL.iter().position(|known| *known == scene).expect("a known scene")];
        let _turn = (scene == Scene::Operated).then(|| lock(&server.turn));
        match server.service.get_or_init(|| self.start(scene, server)) {
            Ok(service) => case(service),
            Err(error) => panic!("{}: {error}", self.platform.name),
        }
    }

    fn start(&self, scene: Scene, server: &Server) -> Result<Service, String> {
        let site = (self.platform.site)()?;
        let running = site.start(&scene.variables())?;
        let mut client = Client::new(&running.base_url, vec![ADMIN_KEY.to_owned()])?;
        if scene.is_closed() {
            client = client.reading_with(ADMIN_KEY);
        }
        *lock(&server.running) = Some((site, running));
        let mut service =
            Service { client, admin_key: None, network: None, reports: Some(self.platform.reports) };
        if scene != Scene::Bare {
            service.admin_key = Some(ADMIN_KEY.to_owned());
        }
        if scene == Scene::Imported {
            let network = reference_or_made_up();
            let reply = service.import(&network);
            if reply.status != 200 {
                return Err(format!("the network was not imported: {}", reply.shown()));
            }
            // An instance that was asked before the import trusts for a while that there is nothing, unless it is idle for a
            // second and ends, as on Spin.
            let is_known = || !service.get("/health").send().ok()["snapshot"].is_null();
            for _ in 0..20 {
                if is_known() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(1_500));
            }
            service.network = Some(network);
        }
        Ok(service)
    }

    /// Ends every server that was started.
    pub fn clear(&self) {
        for server in &self.servers {
            if let Some((_, running)) = lock(&server.running).take() {
                running.stop(Stop::Gently);
            }
        }
    }
}

/// The real network, or one of the same days.
fn reference_or_made_up() -> Network {
    Network::real().unwrap_or_else(|| Network::made_up(Day::named("2025-09-09"), 1065, 1))
}
