use std::time::Duration;

use platform::Platform;
use web::settings::{SPACESCOPE_BASE_URL, SPACESCOPE_TIMEOUT_SECONDS, SPACESCOPE_TOKEN};

use crate::RefreshError;

/// How to reach the source.
pub(crate) struct Settings {
    /// Scheme, host and port, and perhaps a path, without a slash at its end.
    pub(crate) base_url: String,
    /// What goes after `Bearer`.
    pub(crate) token: String,
    /// When a request that was not answered is given up.
    pub(crate) timeout: Duration,
}

impl Settings {
    pub(crate) async fn read(platform: &Platform) -> Result<Self, RefreshError> {
        let given = SPACESCOPE_TOKEN.read(platform).await?.unwrap_or_default();
        let token = bare_token(&given);
        if token != given.trim_start_matches("Bearer ").trim() {
            let message =
                "SPACESCOPE_TOKEN has quotes around it; they are left out. Set it again without them.";
            web::log::warning(platform, message, None);
        }
        if token.is_empty() {
            return Err(RefreshError::NoToken);
        }
        let base_url = SPACESCOPE_BASE_URL.read(platform).await?.ok_or(RefreshError::BaseUrl)?;
        let timeout = Duration::from_secs(SPACESCOPE_TIMEOUT_SECONDS.read(platform).await?);
        Ok(Self { base_url, token: token.to_owned(), timeout })
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
