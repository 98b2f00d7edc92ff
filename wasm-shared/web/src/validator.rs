use std::fmt::Write as _;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

/// The `ETag` of an answer, from everything that the answer depends on.
pub struct Validator(String);

impl Validator {
    /// The validator of an answer made from `parts` (the snapshot's id, the path, the query, ...) by this build: another one may
    /// answer otherwise from the same data.
    #[must_use]
    pub fn of<P: AsRef<[u8]>>(parts: &[P]) -> Self {
        Self::by(crate::BUILD, parts)
    }

    fn by<P: AsRef<[u8]>>(build: &str, parts: &[P]) -> Self {
        let mut hash = Sha256::new();
        hash.update(build);
        for part in parts {
            let part = part.as_ref();
            // With its length, so that where one part ends and the next begins counts too.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        // Weak: the bytes may differ by compression on the way, the meaning does not.
        let mut tag = "W/\"".to_owned();
        for byte in &hash.finalize()[..12] {
            // Writing to a String does not fail.
            let _ = write!(tag, "{byte:02x}");
        }
        Self(tag + "\"")
    }

    /// The answer to a conditional request: 304 where the caller's copy is current, else what `reply` makes.
    pub fn answer(self, request: &HeaderMap, reply: impl FnOnce() -> Response) -> Response {
        let mut response =
            if self.is_named_by(request) { StatusCode::NOT_MODIFIED.into_response() } else { reply() };
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            let headers = response.headers_mut();
            if let Ok(tag) = HeaderValue::from_str(&self.0) {
                headers.insert(header::ETAG, tag);
            }
            // Any cache may keep it, and asks each time whether it is still current.
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
        }
        response
    }

    /// `If-None-Match` compares weakly (RFC 9110, 13.1.2): `W/` does not count.
    fn is_named_by(&self, request: &HeaderMap) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_build_answered_from_the_same_data_is_not_taken_for_current() {
        let ask = |cached: &Validator| {
            let headers =
                HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(&cached.0).unwrap())]);
            Validator::of(&["/health", "data"]).answer(&headers, || StatusCode::OK.into_response()).status()
        };
        assert_eq!(ask(&Validator::by(crate::BUILD, &["/health", "data"])), StatusCode::NOT_MODIFIED);
        assert_eq!(ask(&Validator::by("another", &["/health", "data"])), StatusCode::OK);
    }
}
