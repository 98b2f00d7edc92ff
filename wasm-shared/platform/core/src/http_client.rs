use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;

use crate::{Answer, OutsideError, service::service};

/// The largest reply that is read. Spacescope's largest, the table of scheduled expirations, has about 2 MB.
pub const LARGEST_REPLY: usize = 16 << 20;

/// Requests to others. Redirects are not followed, nothing is retried, and there is no time-out: the caller drops the
/// future, or the body, when it has waited long enough ([`crate::within`]), which ends the request.
pub trait HttpClient: Send + Sync {
    /// Sends a request to an absolute URL and gives the reply as soon as its head is there; the body is read as it comes.
    ///
    /// An error means that there is no reply: no connection, or a host that the deployment does not allow.
    fn open(&self, request: Request<Bytes>) -> Answer<'_, Response<Body>>;
}

impl dyn HttpClient + '_ {
    /// Sends a request to an absolute URL and reads the whole reply, of at most [`LARGEST_REPLY`] bytes.
    ///
    /// # Errors
    /// When there is no whole reply: no connection, a refused host, a body that was cut or is too large.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, OutsideError> {
        let (parts, body) = self.open(request).await?.into_parts();
        Ok(Response::from_parts(parts, whole(body, LARGEST_REPLY).await?))
    }
}

service!(HttpClient, http, "http client", "Requests to others.");

/// Calls of this application to itself, each an invocation of its own.
///
/// It is there only where an invocation may send so few requests ([`REQUESTS_PER_INVOCATION`]) that longer work has to go
/// on in the next: Cloudflare's service binding.
pub trait Itself: HttpClient {
    /// The same as a client of others is.
    fn client(&self) -> &dyn HttpClient;
}

impl crate::Service for dyn Itself {
    const NAME: &'static str = "itself";
}

impl crate::Platform {
    /// This application itself, where it has to be called to go on.
    #[must_use]
    pub fn itself(&self) -> Option<&dyn HttpClient> {
        self.find::<dyn Itself>().map(|itself| itself.client())
    }
}

/// Requests to others that one invocation may send where [`Platform::itself`](crate::Platform::itself) is there:
/// Cloudflare's free plan allows 50, and some are left for the call of the next invocation and for what the runtime itself
/// may count.
pub const REQUESTS_PER_INVOCATION: u32 = 44;

/// Reads a body whole, of at most `most` bytes.
///
/// # Errors
/// When it was cut, or is larger.
pub async fn whole(mut body: Body, most: usize) -> Result<Bytes, OutsideError> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(failed)?.into_data() {
            if whole.len() + data.len() > most {
                return Err(failed(format_args!("the reply is larger than {} KiB", most >> 10)));
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.into())
}

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new(<dyn HttpClient as crate::Service>::NAME, error)
}
