use bytes::Bytes;
use http::{Request, Response};

use crate::{Answer, OutsideError};

/// The largest reply that is read. Spacescope's largest, the table of scheduled expirations, has about 2 MB.
pub const LARGEST_REPLY: usize = 16 << 20;

/// Requests to others. Redirects are not followed, nothing is retried, and there is no time-out: the caller drops the
/// future when it has waited long enough ([`crate::within`]), which ends the request.
pub trait HttpClient: Send + Sync {
    /// Sends a request to an absolute URL and reads the whole reply, of at most [`LARGEST_REPLY`] bytes.
    ///
    /// An error means that there is no whole reply: no connection, a refused host, a body that was cut or is too large.
    fn send(&self, request: Request<Bytes>) -> Answer<'_, Response<Bytes>>;
}

pub(crate) fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("http client", error)
}

/// The error for a reply above [`LARGEST_REPLY`].
#[cfg_attr(not(any(target_arch = "wasm32", feature = "memory")), allow(dead_code))]
pub(crate) fn too_large() -> OutsideError {
    failed(format_args!("the reply is larger than {} MiB", LARGEST_REPLY >> 20))
}

/// Reads a reply's body whole.
#[cfg_attr(not(any(target_arch = "wasm32", feature = "memory")), allow(dead_code))]
pub(crate) async fn read<B>(body: B) -> Result<Bytes, OutsideError>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    use http_body_util::BodyExt as _;
    let mut body = std::pin::pin!(body);
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(failed)?.into_data() {
            if whole.len() + data.len() > LARGEST_REPLY {
                return Err(too_large());
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.into())
}
