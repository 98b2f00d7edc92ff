//! GitHub, which speaks OAuth 2.0 and no OpenID Connect: who a person is, its API says.

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use serde_json::Value;
use web::Problem;

use super::{Visit, form, json, unusable, with_parameters};

#[derive(Clone)]
pub(crate) struct Github {
    pub(crate) url: String,
    pub(crate) client_id: String,
    pub(crate) secret: String,
}

impl Github {
    /// Where a person signs in. No scope is asked for: the number of the account is public.
    pub(super) fn begin(&self, visit: &Visit<'_>) -> String {
        with_parameters(
            &format!("{}/login/oauth/authorize", self.url),
            &[
                ("client_id", &self.client_id),
                ("redirect_uri", &visit.back),
                ("state", visit.state.reveal()),
                ("allow_signup", "false"),
                ("code_challenge", &visit.challenge),
                ("code_challenge_method", "S256"),
            ],
        )
    }

    /// The number of a person's account, for a code.
    pub(super) async fn subject(&self, visit: &Visit<'_>, code: &str) -> Result<String, Problem> {
        let request = form(
            &format!("{}/login/oauth/access_token", self.url),
            &[
                ("client_id", &self.client_id),
                ("client_secret", &self.secret),
                ("code", code),
                ("redirect_uri", &visit.back),
                ("code_verifier", &visit.verifier),
            ],
        )?;
        // A refusal comes with status 200, too.
        let tokens = json(visit.platform, request).await?;
        let token = tokens.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| unusable("it gave no access token"))?;
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(unusable)?;
        value.set_sensitive(true);
        let request = Request::get(format!("{}/user", self.api()))
            .header(header::AUTHORIZATION, value)
            .body(Bytes::new())
            .map_err(unusable)?;
        // The name can change hands, the number cannot.
        let user = json(visit.platform, request).await?;
        let number = user.get("id").and_then(Value::as_u64).filter(|number| *number > 0);
        number.map(|number| number.to_string()).ok_or_else(|| unusable("it names no account"))
    }

    fn api(&self) -> String {
        if self.url == "https://github.com" {
            "https://api.github.com".to_owned()
        } else {
            format!("{}/api/v3", self.url)
        }
    }
}
