//! Components: what each was granted, how it is compiled, and the state that one instance of it runs with.

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io::Write as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

use wasmtime::{
    Config, Engine, ResourceLimiter, Result, Store, bail,
    component::{HasSelf, Linker, ResourceTable},
    ensure,
    error::Context as _,
};
use wasmtime_wasi::{DirPerms, FilePerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    WasiHttpCtx,
    handler::{HandlerState, ProxyHandler, ProxyPre, StoreBundle},
    p3::{WasiHttpCtxView, WasiHttpView, bindings::ServicePre},
};

use crate::{
    bindings::Platform,
    compiled::Compiled,
    disturbances::Disturbances,
    key_value::KeyValueStores,
    manifest::{self, Mount},
    outbound::{AllowedHosts, Outbound},
    runtime_config::Labels,
    server::Options,
    sqlite::Databases,
    variables::{ComponentVariables, Values},
};

/// How many requests one instance serves before it is given up: Spin's default.
const REQUESTS_PER_INSTANCE: usize = 128;
/// How many requests one instance serves at a time: Spin's default.
const CONCURRENT_REQUESTS_PER_INSTANCE: usize = 16;
/// How long an instance without a request is kept: Spin's default.
const IDLE_INSTANCE_TIMEOUT: Duration = Duration::from_secs(1);

/// What lies outside all components of the application.
pub(crate) struct Outside {
    /// Its key-value stores.
    pub(crate) key_value: KeyValueStores,
    /// Its databases.
    pub(crate) databases: Databases,
    /// What befalls calls of both.
    pub(crate) disturbances: Disturbances,
}

/// What one component was granted.
pub(crate) struct Grants {
    /// The component's id.
    pub(crate) id: String,
    /// Labels of the key-value stores that it may open.
    pub(crate) key_value_stores: HashSet<String>,
    /// Labels of the databases that it may open.
    pub(crate) sqlite_databases: HashSet<String>,
    /// The variables that it sees.
    pub(crate) variables: ComponentVariables,
    /// Where its requests may go.
    pub(crate) allowed_hosts: Arc<AllowedHosts>,
    /// Its environment.
    pub(crate) environment: Vec<(String, String)>,
    /// The directories that it may read.
    pub(crate) files: Vec<Mount>,
    /// Where the labels lead.
    pub(crate) outside: Arc<Outside>,
}

/// The state that one instance of a component runs with.
pub(crate) struct State {
    /// What the instance may do.
    pub(crate) grants: Arc<Grants>,
    /// The things that the instance holds handles of.
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    memory: Memory,
}

/// A component, ready to serve requests: it starts instances as they are needed and gives them up as Spin does.
pub(crate) type Handler = ProxyHandler<Instances>;

/// Compiles and links components.
pub(crate) struct Loader {
    engine: Engine,
    linker: Linker<State>,
    compiled: Compiled,
    limits: Limits,
}

impl Grants {
    /// Reads what the manifest grants to the component `id`.
    ///
    /// # Errors
    ///
    /// When the component lists a label that leads nowhere, or a variable or host that makes no sense.
    pub(crate) fn new(
        id: &str,
        component: &manifest::Component,
        values: &Values,
        labels: &Labels,
        outside: Arc<Outside>,
    ) -> Result<Self> {
        Ok(Self {
            id: id.to_owned(),
            key_value_stores: defined(
                "key-value store",
                &component.key_value_stores,
                &labels.key_value_stores,
            )?,
            sqlite_databases: defined("database", &component.sqlite_databases, &labels.sqlite_databases)?,
            variables: ComponentVariables::new(id, &component.variables, values)?,
            allowed_hosts: Arc::new(AllowedHosts::new(&component.allowed_outbound_hosts, values)?),
            environment: component.environment.clone().into_iter().collect(),
            files: component.files.clone(),
            outside,
        })
    }
}

fn defined<File>(kind: &str, labels: &[String], known: &BTreeMap<String, File>) -> Result<HashSet<String>> {
    for label in labels {
        ensure!(
            known.contains_key(label),
            "the {kind} {label:?} is not defined: only \"default\" is known without a --runtime-config-file that defines it"
        );
    }
    Ok(labels.iter().cloned().collect())
}

impl Loader {
    /// Sets up wasmtime; what it compiles is kept for the next start.
    ///
    /// # Errors
    ///
    /// When wasmtime cannot be set up or the directory cannot be made.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let compiled = Compiled::in_directory(&options.cache_dir)?;
        let mut config = Config::new();
        config.wasm_component_model_async(true);
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        Platform::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
        Ok(Self { engine, linker, compiled, limits: Limits::new(options)? })
    }

    /// Compiles the component at `source`, or finds it compiled, and links it.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it is no component that imports and exports what Spin offers.
    pub(crate) fn load(&self, source: &Path, grants: Grants) -> Result<Handler> {
        if !source.is_file() {
            bail!("{} does not exist: build the components first", source.display());
        }
        let component = self.compiled.component(&self.engine, source)?;
        let linked = self.linker.instantiate_pre(&component)?;
        let service = ServicePre::new(linked).context("it is no WASI 0.3 HTTP component")?;
        let instances =
            Instances { engine: self.engine.clone(), grants: Arc::new(grants), limits: self.limits.clone() };
        // Fails now, not at the first request, when a directory is missing.
        instances.wasi()?;
        Ok(ProxyHandler::new(instances, ProxyPre::P3(service)))
    }
}

/// What instances may take.
#[derive(Clone)]
struct Limits {
    /// An instance whose memory would grow beyond so many bytes is lost.
    memory: Option<usize>,
    /// Is told how large memories become.
    memory_log: Option<Arc<File>>,
    requests: usize,
    idle: Duration,
}

impl Limits {
    fn new(options: &Options) -> Result<Self> {
        let log = options.memory_log.as_ref();
        let log = log.map(|path| File::options().create(true).append(true).open(path)).transpose()?;
        Ok(Self {
            memory: options.max_memory,
            memory_log: log.map(Arc::new),
            requests: options.requests_per_instance.unwrap_or(REQUESTS_PER_INSTANCE),
            idle: options.idle_timeout.unwrap_or(IDLE_INSTANCE_TIMEOUT),
        })
    }
}

/// The memory of one instance.
struct Memory {
    of: Arc<Grants>,
    limits: Limits,
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        if self.limits.memory.is_some_and(|most| desired > most) {
            bail!("its memory would grow to {desired} bytes");
        }
        if let Some(mut log) = self.limits.memory_log.as_deref() {
            log.write_all(format!("{} {desired}\n", self.of.id).as_bytes())?;
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

/// Starts the instances of one component.
pub(crate) struct Instances {
    engine: Engine,
    grants: Arc<Grants>,
    limits: Limits,
}

impl Instances {
    fn wasi(&self) -> Result<WasiCtx> {
        let mut wasi = WasiCtxBuilder::new();
        // Both of the component's outputs go where this host's own messages go; its standard output is for the URL.
        wasi.stdout(wasmtime_wasi::cli::stderr()).inherit_stderr().envs(&self.grants.environment);
        for Mount { source, destination } in &self.grants.files {
            wasi.preopened_dir(source, destination, DirPerms::READ, FilePerms::READ)
                .with_context(|| format!("cannot mount {} at {destination}", source.display()))?;
        }
        Ok(wasi.build())
    }
}

impl HandlerState for Instances {
    type StoreData = State;

    fn new_store(&self, _request: Option<u64>) -> Result<StoreBundle<State>> {
        let state = State {
            grants: Arc::clone(&self.grants),
            table: ResourceTable::new(),
            wasi: self.wasi()?,
            http: WasiHttpCtx::new(),
            outbound: Outbound(Arc::clone(&self.grants.allowed_hosts)),
            memory: Memory { of: Arc::clone(&self.grants), limits: self.limits.clone() },
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        Ok(StoreBundle { store, write_profile: Box::new(|_| ()) })
    }

    fn request_timeout(&self) -> Duration {
        Duration::MAX
    }

    fn idle_instance_timeout(&self) -> Duration {
        self.limits.idle
    }

    fn max_instance_reuse_count(&self) -> usize {
        self.limits.requests
    }

    fn max_instance_concurrent_reuse_count(&self) -> usize {
        CONCURRENT_REQUESTS_PER_INSTANCE.min(self.limits.requests)
    }

    fn handle_worker_error(&self, error: wasmtime::Error) {
        eprintln!("spin-host: an instance of {} was lost: {error:?}", self.grants.id);
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}
