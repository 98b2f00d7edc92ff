//! Servers of which a test controls more than requests do: their stores hang, fail or are slow on demand, a request gets an instance
//! that remembers nothing, and the memory of instances is seen.

use std::{
    fs,
    path::{Path, PathBuf},
};

use http::Method;

use super::{Running, Site};
use crate::{
    http::Client,
    scene::{ADMIN_KEY, Service},
};

/// A site whose servers are controlled.
pub struct ControlledSite {
    /// Where servers are started.
    pub site: Box<dyn Site>,
    /// How they are controlled.
    pub(super) controls: Controls,
}

/// How a platform is controlled.
#[derive(Clone, Debug)]
pub(super) enum Controls {
    /// By requests to `tests/contract/workerd/disturbed.js`.
    Worker,
    /// By files that `tests/spin-host` reads and writes.
    Host {
        /// Which calls are disturbed.
        disturbances: PathBuf,
        /// How large memories became.
        memory_log: PathBuf,
        /// What the application stores.
        stores: PathBuf,
    },
}

/// A server that is controlled.
pub struct Controlled {
    /// What it serves.
    pub service: Service,
    controls: Controls,
    _running: Running,
}

/// A store as a platform names it, with those of its calls that the product makes.
pub type Store = (&'static str, &'static [&'static str]);

impl ControlledSite {
    /// Starts a server in which everything is undisturbed.
    #[must_use]
    pub fn start(&self, variables: &[(&str, &str)]) -> Controlled {
        let mut all = vec![
            ("ADMIN_API_KEY".to_owned(), ADMIN_KEY.to_owned()),
            ("BUNDLED_NETWORK".to_owned(), "false".to_owned()),
            ("SNAPSHOT_RECHECK_SECONDS".to_owned(), "0".to_owned()),
            ("ANONYMOUS_REQUESTS_PER_MINUTE".to_owned(), "1000000".to_owned()),
            ("ANONYMOUS_REQUESTS_PER_DAY".to_owned(), "1000000000".to_owned()),
        ];
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let running = self.site.start(&all).unwrap_or_else(|error| panic!("{error}"));
        let service = Service::deployed(&running.base_url, Some(ADMIN_KEY.to_owned()));
        let service = service.unwrap_or_else(|error| panic!("{error}"));
        Controlled { service, controls: self.controls.clone(), _running: running }
    }
}

impl Controlled {
    /// The stores, as [`disturb`](Self::disturb) takes them.
    #[must_use]
    pub fn stores(&self) -> &'static [Store] {
        match self.controls {
            Controls::Worker => &[
                ("CACHE", &["get", "put", "delete"]),
                ("ARCHIVE", &["get", "put", "delete", "list"]),
                ("DATABASE", &["batch"]),
            ],
            Controls::Host { .. } => &[
                ("key-value", &["open", "get", "set", "delete", "get-keys"]),
                ("sqlite", &["open", "execute"]),
            ],
        }
    }

    /// Disturbs calls from now on: `STORE CALL HOW [AFTER]`, where HOW is `hang`, `fail` or milliseconds, and AFTER calls take
    /// place as ever before. Nothing is disturbed by an empty text.
    pub fn disturb(&self, what: &str) {
        match &self.controls {
            Controls::Worker => {
                self.control(Method::PUT, "/.contract/disturbances", what);
            }
            Controls::Host { disturbances, .. } => {
                // Renamed into place: the host never reads half of it.
                let new = disturbances.with_extension("new");
                fs::write(&new, what).expect("a file for disturbances");
                fs::rename(&new, disturbances).expect("a file for disturbances");
            }
        }
    }

    /// Lets the next request meet an instance that remembers nothing. In the host each does, where the site was made so.
    pub fn forget(&self) {
        match &self.controls {
            Controls::Worker => {
                self.control(Method::POST, "/.contract/instance", "");
            }
            Controls::Host { memory_log, .. } => fs::write(memory_log, "").expect("a log of memory"),
        }
    }

    /// How large an instance's memory has become since [`forget`](Self::forget), in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        match &self.controls {
            Controls::Worker => {
                self.control(Method::GET, "/.contract/memory", "").parse().expect("a number of bytes")
            }
            Controls::Host { memory_log, .. } => {
                let log = fs::read_to_string(memory_log).expect("a log of memory");
                let sizes = log.lines().filter_map(|line| line.split_once(' ')?.1.parse().ok());
                sizes.max().expect("an instance whose memory was logged")
            }
        }
    }

    /// How many snapshots the cache holds, beside the name of the current one.
    #[must_use]
    pub fn cached_snapshots(&self) -> usize {
        let keys = match &self.controls {
            Controls::Worker => self.control(Method::GET, "/.contract/cache", ""),
            Controls::Host { stores, .. } => keys_in(&stores.join("sqlite_key_value.db")),
        };
        let snapshots: Vec<_> = keys
            .lines()
            .filter_map(|key| key.strip_prefix("cache/").or(Some(key).filter(|_| !key.contains("archive/"))))
            .filter(|key| key.starts_with("snapshot/"))
            .collect();
        assert!(snapshots.contains(&"snapshot/current"), "{keys}");
        snapshots.len() - 1
    }

    fn control(&self, method: Method, path: &str, body: &str) -> String {
        let client = Client::new(&format!("http://{}", self.service.authority()), Vec::new()).expect("a URL");
        let reply = client.request(method, path).body(body.to_owned()).send_unchecked();
        reply.unwrap_or_else(|error| panic!("{error}")).expect(200).text().to_owned()
    }
}

/// The keys of a key-value store of Spin, one a line.
fn keys_in(store: &Path) -> String {
    let read = || {
        let file = rusqlite::Connection::open(store)?;
        let mut keys = file.prepare("SELECT key FROM spin_key_value")?;
        let keys = keys.query_map((), |row| row.get::<_, String>(0))?;
        keys.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().unwrap_or_else(|error| panic!("{}: {error}", store.display())).join("\n")
}
