//! Which web pages may read an answer (CORS).

use std::sync::Arc;

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, header};
use platform::Platform;

use crate::{
    log,
    settings::{CORS_ORIGINS, Origins},
};

/// Set in a response's extensions by a handler that has decided itself whether the page that asks may read its answers, also
/// whether it may ask at all, where the request was `OPTIONS`. Everything else goes by `CORS_ORIGINS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageMayRead(pub bool);

/// The methods that a page may use, in the answer to a preflight request.
const METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS");
/// A day, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");
/// The headers that a page's script may read of an answer, besides the few that browsers always show.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag,mcp-protocol-version,mcp-session-id,ratelimit,ratelimit-limit,ratelimit-policy,ratelimit-remaining,\
     ratelimit-reset,retry-after,www-authenticate,x-request-id",
);
const ANY: HeaderValue = HeaderValue::from_static("*");
const VARY: HeaderValue =
    HeaderValue::from_static("origin, access-control-request-method, access-control-request-headers");

/// The origins of `CORS_ORIGINS`, which an instance reads once.
#[derive(Clone)]
struct Known(Arc<Origins>);

async fn origins(platform: &Platform) -> Option<Arc<Origins>> {
    if let Some(Known(origins)) = platform.instance().get() {
        return Some(origins);
    }
    match CORS_ORIGINS.read(platform).await {
        Ok(origins) => {
            let origins = Arc::new(origins);
            platform.instance().set(Known(Arc::clone(&origins)));
            Some(origins)
        }
        // Which pages may read the answer is not known, so none may; everybody else is served.
        Err(error) => {
            log::warning(
                platform,
                "answering without CORS headers because CORS_ORIGINS cannot be read",
                Some(&error),
            );
            None
        }
    }
}

/// The CORS headers of a request.
pub(crate) struct Asking {
    /// Every `Origin` of the request; a browser sends one at most.
    origins: Vec<HeaderValue>,
    /// Whether it is a preflight request.
    is_preflight: bool,
    /// The headers that a browser wants to send.
    wanted: Option<HeaderValue>,
}

impl Asking {
    pub(crate) fn of(method: &http::Method, headers: &HeaderMap) -> Self {
        Self {
            origins: headers.get_all(header::ORIGIN).iter().cloned().collect(),
            is_preflight: method == http::Method::OPTIONS,
            wanted: headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
        }
    }

    /// Adds to an answer what lets the page read it, if it may. A preflight request that no handler has answered is answered here.
    pub(crate) async fn finish(self, platform: &Platform, response: Response) -> Response {
        let decided = response.extensions().get::<PageMayRead>().copied();
        let allowed = match decided {
            Some(PageMayRead(allowed)) => allowed.then(|| self.only_origin()).flatten(),
            None => match origins(platform).await.as_deref() {
                Some(Origins::Any) => Some(ANY),
                Some(listed) => {
                    self.only_origin().filter(|one| one.to_str().is_ok_and(|one| listed.include(one)))
                }
                None if self.is_preflight => return empty(),
                None => return response,
            },
        };
        let mut response = if self.is_preflight && decided.is_none() { empty() } else { response };
        let headers = response.headers_mut();
        headers.append(header::VARY, VARY);
        if self.is_preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            if let Some(wanted) = self.wanted {
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
            }
        } else {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
        if let Some(allowed) = allowed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        }
        response
    }

    /// The origin; `None` where there are several, because the page that would read the answer is then unknown.
    fn only_origin(&self) -> Option<HeaderValue> {
        match self.origins.as_slice() {
            [origin] => Some(origin.clone()),
            _ => None,
        }
    }
}

fn empty() -> Response {
    Response::new(Body::empty())
}
