//! The settings, as the engines that they describe.

use deployments::{
    catalogue::Source,
    engine::{
        Engine,
        docker::{self, Docker},
        kubernetes::{self, Kubernetes},
        mock::Mock,
    },
    lifecycle::{Engines, Limits},
};
use http::StatusCode;
use platform::{OutsideError, Platform};
use web::{Problem, settings as all};

/// The names of the backends.
pub(crate) const NAMES: [&str; 3] = ["kubernetes", "docker", "mock"];

/// The backends that are configured, and what holds for all of them.
pub(crate) struct Backends {
    /// The one that is taken where a request names none; `None` where the setting names one that does not exist.
    pub(crate) chosen: Option<&'static str>,
    pub(crate) limits: Limits,
    pub(crate) registry: Option<String>,
    pub(crate) source: Option<Source>,
    mock: Mock,
    kubernetes: Option<Kubernetes>,
    docker: Option<Docker>,
}

impl Backends {
    pub(crate) async fn read(platform: &Platform) -> Result<Self, OutsideError> {
        let chosen = all::MCP_DEPLOYMENT_BACKEND.read(platform).await?;
        let patience = all::MCP_DEPLOYMENT_DEADLINE_SECONDS.read(platform).await?;
        let most = all::MCP_DEPLOYMENTS_PER_OWNER.read(platform).await?;
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let endpoint = given(all::KUBERNETES_CLUSTER_ENDPOINT.read(platform).await?);
        let kubernetes = match endpoint {
            None => None,
            Some(endpoint) => {
                let settings = kubernetes::Settings {
                    endpoint,
                    token: all::KUBERNETES_SERVICE_ACCOUNT_TOKEN.read(platform).await?,
                    namespace: all::MCP_NAMESPACE.read(platform).await?,
                    per_owner: all::MCP_NAMESPACE_PER_OWNER.read(platform).await?,
                    ingress_host: given(Some(all::MCP_INGRESS_HOST.read(platform).await?)),
                    patience_seconds: patience,
                };
                Some(Kubernetes::new(platform, settings))
            }
        };
        let docker = match given(all::DOCKER_ENGINE_URL.read(platform).await?) {
            None => None,
            Some(url) => {
                let settings = docker::Settings {
                    url,
                    token: all::DOCKER_ENGINE_TOKEN.read(platform).await?,
                    publish: all::DOCKER_PUBLISH_ADDRESS.read(platform).await?,
                };
                Some(Docker::new(platform, &settings))
            }
        };
        let source = match given(all::MCP_TEMPLATES_URL.read(platform).await?) {
            None => None,
            Some(url) => {
                Some(Source { url, sha256: given(Some(all::MCP_TEMPLATES_SHA256.read(platform).await?)) })
            }
        };
        Ok(Self {
            chosen: NAMES.into_iter().find(|name| *name == chosen),
            limits: Limits {
                patience: i64::try_from(patience * 1_000).unwrap_or(i64::MAX),
                most: u32::try_from(most).unwrap_or(u32::MAX),
            },
            registry: given(Some(all::MCP_IMAGE_REGISTRY.read(platform).await?)),
            source,
            mock: Mock { platform: platform.clone() },
            kubernetes,
            docker,
        })
    }

    /// The engine of this name.
    pub(crate) fn engine(&self, name: &str) -> Result<&dyn Engine, Problem> {
        self.named(name).ok_or_else(|| {
            let setting =
                if name == "kubernetes" { "KUBERNETES_CLUSTER_ENDPOINT" } else { "DOCKER_ENGINE_URL" };
            let detail =
                format!("The backend {name} is not configured here: the operator has to set {setting}.");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "BACKEND_NOT_CONFIGURED", detail)
        })
    }
}

impl Engines for Backends {
    fn named(&self, name: &str) -> Option<&dyn Engine> {
        match name {
            "kubernetes" => self.kubernetes.as_ref().map(|engine| engine as &dyn Engine),
            "docker" => self.docker.as_ref().map(|engine| engine as &dyn Engine),
            "mock" => Some(&self.mock),
            _ => None,
        }
    }
}
