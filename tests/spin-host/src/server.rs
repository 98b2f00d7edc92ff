//! The HTTP server in front of the components.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header::HOST, uri::Authority,
    uri::Scheme,
};
use http_body_util::{BodyExt as _, Empty, Full, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};
use wasmtime::{Result, component::Accessor, ensure, error::Context as _};
use wasmtime_wasi_http::{
    handler::Proxy,
    p3::{self, bindings::http::types::ErrorCode},
};

use crate::{
    component::{Grants, Handler, Loader, Outside, State},
    disturbances::Disturbances,
    key_value::KeyValueStores,
    manifest::Manifest,
    router::{Match, Router},
    runtime_config::Labels,
    sqlite::Databases,
    variables::Values,
};

/// The prefix of the paths that Spin answers itself.
pub(crate) const WELL_KNOWN: &str = "/.well-known/spin/";

/// What to run, where, and with which variables.
#[derive(Debug)]
pub struct Options {
    /// The application's `spin.toml`.
    pub manifest: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The directory of the default store and database.
    pub state_dir: PathBuf,
    /// The directory where compiled components are kept.
    pub cache_dir: PathBuf,
    /// A file that defines further stores and databases.
    pub runtime_config: Option<PathBuf>,
    /// How many bytes an instance's memory may have; one that would grow beyond it is lost.
    pub max_memory: Option<usize>,
    /// How many requests an instance serves before it is given up, instead of Spin's 128.
    pub requests_per_instance: Option<usize>,
    /// How long an instance without a request is kept, instead of Spin's second.
    pub idle_timeout: Option<Duration>,
    /// A file that says which calls of stores hang, fail or are slow at present.
    pub disturbances: Option<PathBuf>,
    /// A file that gets a line for each growth of an instance's memory: the component and the bytes.
    pub memory_log: Option<PathBuf>,
    /// Values of application variables; the environment (`SPIN_VARIABLE_...`) stands behind them.
    pub variables: BTreeMap<String, String>,
}

/// A running application.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<()>,
}

type Body = UnsyncBoxBody<Bytes, ErrorCode>;

struct Application {
    router: Router,
    handlers: HashMap<String, Handler>,
}

impl Server {
    /// Loads the application and serves it until [`Server::stop`].
    ///
    /// # Errors
    ///
    /// When the manifest, a component, a variable or the state directory is not as it must be, or the address is taken.
    pub async fn start(options: &Options) -> Result<Self> {
        let application = Arc::new(Application::load(options)?);
        let listener = TcpListener::bind(options.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let (stop, asked_to_stop) = oneshot::channel();
        let stopped = tokio::spawn(serve(listener, application, asked_to_stop));
        Ok(Self { address, stop, stopped })
    }

    /// The URL under which the application is served, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening, drops all connections and with them what they were being answered.
    pub async fn stop(self) {
        // Fails only when the server has ended already.
        let _ = self.stop.send(());
        let _ = self.stopped.await;
    }
}

async fn serve(
    listener: TcpListener,
    application: Arc<Application>,
    mut asked_to_stop: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => {
                    connections.spawn(serve_connection(stream, client, Arc::clone(&application)));
                }
                Err(error) => eprintln!("spin-host: a connection could not be accepted: {error}"),
            },
            Some(_) = connections.join_next() => {}
            _ = &mut asked_to_stop => break,
        }
    }
    connections.shutdown().await;
}

async fn serve_connection(stream: TcpStream, client: SocketAddr, application: Arc<Application>) {
    // A streamed event is one small segment: waiting to fill it, the kernel would hold it back. Failing changes no more.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let application = Arc::clone(&application);
        async move { application.answer(request, client).await }
    });
    let served =
        auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        eprintln!("spin-host: a connection was given up: {error}");
    }
}

impl Application {
    fn load(options: &Options) -> Result<Self> {
        let manifest = Manifest::read(&options.manifest)?;
        let values = Values::new(&manifest.variables, &options.variables, |key| std::env::var(key).ok())?;
        let labels = Labels::new(&options.state_dir, options.runtime_config.as_deref())?;
        let outside = Arc::new(Outside {
            key_value: KeyValueStores::open(&labels.key_value_stores)?,
            databases: Databases::new(&labels.sqlite_databases)?,
            disturbances: Disturbances::new(options.disturbances.clone()),
        });
        let routes = manifest.trigger.http.iter().map(|trigger| (&*trigger.route, &*trigger.component));
        let router = Router::new(routes)?;
        let loader = Loader::new(options)?;
        let handlers = manifest.component.iter().map(|(id, component)| {
            let load = || {
                let grants = Grants::new(id, component, &values, &labels, Arc::clone(&outside))?;
                loader.load(&component.source, grants)
            };
            Ok((id.clone(), load().with_context(|| format!("component {id:?}"))?))
        });
        Ok(Self { router, handlers: handlers.collect::<Result<_>>()? })
    }

    /// Answers one request. An error closes the connection, which is what Spin does with a request that names no host.
    async fn answer(&self, mut request: Request<Incoming>, client: SocketAddr) -> Result<Response<Body>> {
        let path = request.uri().path().to_owned();
        if let Some(well_known) = path.strip_prefix(WELL_KNOWN) {
            return Ok(if well_known == "health" { plain("OK") } else { empty(StatusCode::NOT_FOUND) });
        }
        let Some(found) = self.router.find(&path) else { return Ok(empty(StatusCode::NOT_FOUND)) };
        *request.uri_mut() = absolute(request.uri().clone(), request.headers())?;
        let answered = match add_spin_headers(&mut request, &found, client) {
            Ok(()) => self.ask_component(found.component, request).await,
            Err(error) => Err(error),
        };
        Ok(answered.unwrap_or_else(|error| {
            eprintln!("spin-host: {} failed at {path}: {error:#}", found.component);
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }))
    }

    async fn ask_component(&self, component: &str, request: Request<Incoming>) -> Result<Response<Body>> {
        let handler = self.handlers.get(component).context("there is no such component")?;
        let (response, answered) = oneshot::channel();
        handler.spawn(
            None,
            Box::new(move |store, instance| {
                Box::pin(async move {
                    if let Err(error) = handle(store, instance, request, response).await {
                        eprintln!("spin-host: the component's answer failed: {error:?}");
                    }
                })
            }),
        );
        answered.await.context("it gave no answer")
    }
}

/// Calls the component, hands on its response as soon as there is one, and stays until the response's body has been
/// sent or is no longer wanted. What a component spawned beside that is not waited for: wasmtime has not told since
/// version 43 when it ends. It goes on for as long as the instance is kept.
async fn handle(
    store: &Accessor<State>,
    instance: &Proxy,
    request: Request<Incoming>,
    answer: oneshot::Sender<Response<Body>>,
) -> Result<()> {
    let Proxy::P3(service) = instance;
    let request = request.map(|body| body.map_err(ErrorCode::from_hyper_request_error));
    let (request, processed) = p3::Request::from_http(request);
    let request = store.with(|mut access| access.get().table.push(request))?;
    let response = service.wasi_http_handler().call_handle(store, request).await?;
    let response = store.with(|mut access| {
        let response = access.get().table.delete(response?)?;
        response.into_http(&mut access, processed)
    })?;
    let (sending, sent) = oneshot::channel::<Infallible>();
    let held_until_sent = response.map(|body| {
        body.map_err(move |error| {
            let _ = &sending;
            error
        })
        .boxed_unsync()
    });
    // Fails when the client has gone away; the component then finds its body unwanted.
    let _ = answer.send(held_until_sent);
    // Always an error: nothing is ever sent, and the sender goes with the body.
    let _ = sent.await;
    Ok(())
}

/// The URI as a component sees it: with the scheme, and the host that the client named.
fn absolute(uri: Uri, headers: &HeaderMap) -> Result<Uri> {
    let mut parts = uri.into_parts();
    let host = headers.get(HOST).map(|host| Authority::try_from(host.as_bytes())).transpose();
    let host = host.context("the Host header is no host")?;
    if let (Some(host), Some(authority)) = (&host, &parts.authority) {
        ensure!(host == authority, "the Host header and the URI name different hosts");
    }
    parts.authority = Some(host.or(parts.authority).context("the request names no host")?);
    parts.scheme = Some(Scheme::HTTP);
    Ok(Uri::from_parts(parts)?)
}

/// Adds what Spin tells a component about its request. Like Spin, this appends: a header of the same name that the
/// client sent comes first, and only the last value can be trusted.
fn add_spin_headers(request: &mut Request<Incoming>, found: &Match<'_>, client: SocketAddr) -> Result<()> {
    for (name, value) in request.headers() {
        ensure!(std::str::from_utf8(value.as_bytes()).is_ok(), "the header {name} is not UTF-8");
    }
    let told = [
        ("spin-path-info", found.path_info.clone()),
        ("spin-full-url", request.uri().to_string()),
        ("spin-matched-route", found.route.to_owned()),
        ("spin-base-path", "/".to_owned()),
        ("spin-raw-component-route", found.route.to_owned()),
        ("spin-component-route", found.route.strip_suffix("/...").unwrap_or(found.route).to_owned()),
        ("spin-client-addr", client.to_string()),
    ];
    for (name, value) in told {
        request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_str(&value)?);
    }
    Ok(())
}

fn plain(text: &'static str) -> Response<Body> {
    Response::new(Full::from(text).map_err(|never| match never {}).boxed_unsync())
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}
