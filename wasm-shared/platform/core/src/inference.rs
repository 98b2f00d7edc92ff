use axum::body::Body;
use bytes::Bytes;
use http::Response;

use crate::{Answer, Platform, Service};

/// Language models that the platform runs itself, reached by a binding instead of an address and a key: Cloudflare's Workers AI.
///
/// Other platforms have none, and neither has a deployment whose operator has not bound them.
pub trait Inference: Send + Sync {
    /// Runs a model on an input of JSON. The reply is the provider's own, with status and headers, as soon as its head is there; the
    /// body is read as it comes, and dropping it ends the call.
    ///
    /// An error means that there is no reply.
    fn run<'a>(&'a self, model: &'a str, input: Bytes) -> Answer<'a, Response<Body>>;
}

impl Service for dyn Inference {
    const NAME: &'static str = "inference";
}

impl Platform {
    /// The platform's own language models, where it has them.
    #[must_use]
    pub fn inference(&self) -> Option<&dyn Inference> {
        self.find::<dyn Inference>().map(|inference| &**inference)
    }
}
