//! The settings, as the engines that they describe.

use outbound::Development;
use platform::{OutsideError, Platform};
use web::settings as all;

use crate::{
    catalogue::{self, Catalogue, Source},
    engine::{
        Engine,
        docker::{self, Docker},
        kubernetes::{self, Kubernetes},
        mock::Mock,
    },
    lifecycle::{Engines, Limits},
    link::Gateway,
};

/// The names of the backends.
pub const NAMES: [&str; 3] = ["kubernetes", "docker", "mock"];

/// The backends that are configured, and what holds for all of them.
pub struct Backends {
    /// The one that is taken where a request names none; `None` where the setting names one that does not exist.
    pub chosen: Option<&'static str>,
    /// How long things may take, and how many there may be.
    pub limits: Limits,
    /// The operator's own copies of images.
    pub registry: Option<String>,
    /// Where further templates are.
    pub source: Option<Source>,
    /// What connects deployments' servers.
    gateway: Option<&'static dyn Gateway>,
    mock: Mock,
    kubernetes: Option<Kubernetes>,
    docker: Option<Docker>,
}

impl Backends {
    /// Reads the settings. `gateway` is what connects servers, where that is deployed.
    ///
    /// # Errors
    /// When the platform's variables cannot be read.
    pub async fn read(
        platform: &Platform,
        gateway: Option<&'static dyn Gateway>,
    ) -> Result<Self, OutsideError> {
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
                let sha256 = given(Some(all::MCP_TEMPLATES_SHA256.read(platform).await?));
                let insecure = all::ALLOW_INSECURE_MCP_SERVERS.read(platform).await?;
                let development = if insecure { Development::Loopback } else { Development::Off };
                Some(Source { url, sha256, development })
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
            mock: Mock {
                platform: platform.clone(),
                endpoint: given(all::MCP_MOCK_ENDPOINT.read(platform).await?),
            },
            gateway,
            kubernetes,
            docker,
        })
    }

    /// The templates. What is wrong with the operator's index goes to the log: callers have the templates that can be had.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn templates(
        &self,
        platform: &Platform,
    ) -> Result<Vec<crate::template::Template>, OutsideError> {
        let Catalogue { templates, faults } = catalogue::all(platform, self.source.as_ref()).await?;
        if let Some(first) = faults.first() {
            web::log::warning(platform, &format!("{first} ({} faults of the catalogue)", faults.len()), None);
        }
        Ok(templates)
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

    fn gateway(&self) -> Option<&dyn Gateway> {
        self.gateway.map(|gateway| gateway as &dyn Gateway)
    }
}
