//! Builds the component, runs applications with it, and talks to them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use spin_host::{Options, Server};
use tempfile::TempDir;

/// The fixture's wasm file.
pub(crate) static FIXTURE: LazyLock<PathBuf> = LazyLock::new(|| {
    let cargo = Command::new(env!("CARGO"))
        .args([
            "build",
            "--package=spin-host-fixture",
            "--target=wasm32-wasip2",
            "--profile=dev",
            "--config=profile.dev.opt-level=1",
            "--config=profile.dev.debug=false",
        ])
        .args(["--message-format=json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "the fixture does not build");
    let output = String::from_utf8(cargo.stdout).unwrap();
    let mut messages = output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let artifact = messages.rfind(|message| message["target"]["name"] == "spin_host_fixture").unwrap();
    artifact["filenames"][0].as_str().unwrap().into()
});

/// A manifest for one component, `fixture`, that serves every path and was granted what `grants` says.
pub(crate) fn manifest(grants: &str) -> String {
    format!(
        r#"
            spin_manifest_version = 2
            application = {{ name = "test" }}

            [[trigger.http]]
            route = "/..."
            component = "fixture"

            [component.fixture]
            source = "{}"
            {grants}
        "#,
        FIXTURE.display()
    )
}

/// A directory for one application, which can be run in it several times.
pub(crate) struct Application {
    directory: Arc<TempDir>,
    pub(crate) runtime_config: Option<PathBuf>,
    pub(crate) requests_per_instance: Option<usize>,
    pub(crate) variables: BTreeMap<String, String>,
}

impl Application {
    /// An application of one component.
    pub(crate) fn granted(grants: &str) -> Self {
        Self::with_manifest(&manifest(grants))
    }

    pub(crate) fn with_manifest(manifest: &str) -> Self {
        let application = Self {
            directory: Arc::new(TempDir::new().unwrap()),
            runtime_config: None,
            requests_per_instance: None,
            variables: BTreeMap::new(),
        };
        application.write("spin.toml", manifest);
        application
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file beside the manifest.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) async fn start(&self) -> wasmtime::Result<Running> {
        let options = Options {
            manifest: self.path("spin.toml"),
            listen: ([127, 0, 0, 1], 0).into(),
            state_dir: self.path("state"),
            cache_dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
            runtime_config: self.runtime_config.clone(),
            max_memory: None,
            requests_per_instance: self.requests_per_instance,
            idle_timeout: None,
            disturbances: Some(self.path("disturbances")),
            memory_log: Some(self.path("memory.log")),
            variables: self.variables.clone(),
        };
        let server = Server::start(&options).await?;
        Ok(Running { server, client: client(), _directory: Arc::clone(&self.directory) })
    }

    /// Why the application does not start.
    pub(crate) async fn refusal(&self) -> String {
        let error = self.start().await.err().expect("the application must not start");
        format!("{error:#}")
    }
}

type HttpClient = Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>;

pub(crate) fn client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}

/// An application that is being served.
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) client: HttpClient,
    /// Holds its state, and so must outlive it.
    _directory: Arc<TempDir>,
}

impl Running {
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("{}{path}", self.server.url()))
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        self.client.request(request).await.unwrap()
    }

    pub(crate) async fn open(&self, path: &str) -> Response<Incoming> {
        self.send(self.request("GET", path).body(Full::default()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        json(self.open(path).await).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.request("POST", path).header("content-type", "application/json");
        json(self.send(request.body(body.to_string().into()).unwrap()).await).await
    }
}

pub(crate) async fn json(response: Response<Incoming>) -> Value {
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&body(response).await).unwrap()
}

pub(crate) async fn body(response: Response<Incoming>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}
