use std::time::Duration;

use http::Uri;
use network_data::spacescope::BASE_URL;
use platform::Platform;

use crate::RefreshError;

/// Seconds until a request that was not answered is given up, unless `SPACESCOPE_TIMEOUT_SECONDS` says otherwise.
const TIMEOUT_SECONDS: u64 = 20;

/// How to reach the source.
pub(crate) struct Settings {
    /// Scheme, host and port, and perhaps a path, without a slash at its end.
    pub(crate) base_url: String,
    /// What goes after `Bearer`.
    pub(crate) token: String,
    pub(crate) timeout: Duration,
}

impl Settings {
    pub(crate) async fn read(platform: &Platform) -> Result<Self, RefreshError> {
        let given = platform.config().get("SPACESCOPE_TOKEN").await?.unwrap_or_default();
        let token = bare_token(&given);
        if token != given.trim().trim_start_matches("Bearer ").trim() {
            platform.log().line(&serde_json::json!({
                "level": "warning",
                "message": "SPACESCOPE_TOKEN has quotes around it; they are left out. Set it again without them.",
            }));
        }
        if token.is_empty() {
            return Err(RefreshError::NoToken);
        }
        let base_url = platform.config().get("SPACESCOPE_BASE_URL").await?;
        let base_url =
            base_url.unwrap_or_else(|| BASE_URL.to_owned()).trim().trim_end_matches('/').to_owned();
        let absolute = base_url.parse::<Uri>().is_ok_and(|url| {
            matches!(url.scheme_str(), Some("http" | "https"))
                && url.host().is_some()
                && url.query().is_none()
        });
        if !absolute {
            return Err(RefreshError::BaseUrl);
        }
        let seconds = platform.config().get("SPACESCOPE_TIMEOUT_SECONDS").await?;
        let seconds = seconds.and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(TIMEOUT_SECONDS);
        Ok(Self { base_url, token: token.to_owned(), timeout: Duration::from_secs(seconds.max(1)) })
    }
}

/// The token without the word `Bearer` before it and without quotes around it, which come along when it is copied.
fn bare_token(given: &str) -> &str {
    let mut token = given;
    loop {
        let trimmed = token.trim().trim_matches(['"', '\'']).trim();
        let rest = match trimmed.split_at_checked(6) {
            Some((word, rest)) if word.eq_ignore_ascii_case("bearer") && rest.starts_with(' ') => rest,
            _ => trimmed,
        };
        if rest == token {
            return token;
        }
        token = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::bare_token;

    #[test]
    fn a_token_may_come_with_bearer_and_with_quotes_around_it() {
        for given in
            ["t.o-k", "Bearer t.o-k", "bearer  t.o-k ", "\"t.o-k\"", "'Bearer t.o-k'", "Bearer \"t.o-k\"\n"]
        {
            assert_eq!(bare_token(given), "t.o-k", "{given:?}");
        }
        assert_eq!(bare_token("\"\""), "");
        assert_eq!(bare_token("Bearer"), "Bearer");
    }
}
