//! Requests to others, with a deadline and a bound on what is read.

use std::time::Duration;

use access::Millis;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use platform::{OutsideError, Platform, whole, within};

/// GitHub refuses requests without one, and so do many that keep robots out.
const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("mechafil-edge/", env!("CARGO_PKG_VERSION")));

/// Sends a request and reads the whole reply, of at most `most` bytes. Redirects are not followed.
pub(crate) async fn send(
    platform: &Platform,
    mut request: Request<Bytes>,
    deadline: Millis,
    most: usize,
) -> Result<Response<Bytes>, OutsideError> {
    request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
    let exchange = async {
        let (head, body) = platform.http().open(request).await?.into_parts();
        Ok(Response::from_parts(head, whole(body, most).await?))
    };
    let limit = Duration::from_millis(deadline.unsigned_abs());
    let late = || Err(OutsideError::new("http client", "no whole reply in time"));
    within(platform.sleep(), limit, exchange).await.unwrap_or_else(late)
}
