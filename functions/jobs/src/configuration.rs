//! The settings, as the crate `jobs` takes them.

use std::time::Duration;

use http::StatusCode;
use jobs::webhook::{Secrets, Settings};
use outbound::{Development, PublicUrl};
use platform::{OutsideError, Platform};
use web::{FieldProblem, Problem, settings as all};

/// How webhooks are sent; `None` where no secret is set that can sign them.
pub(crate) async fn webhooks(platform: &Platform) -> Result<Option<Settings>, OutsideError> {
    let secrets = all::WEBHOOK_SECRET.read(platform).await?.and_then(|text| Secrets::parse(&text));
    let Some(secrets) = secrets else { return Ok(None) };
    Ok(Some(Settings {
        secrets,
        timeout: Duration::from_millis(all::WEBHOOK_TIMEOUT_MS.read(platform).await?),
        development: development(platform).await?,
    }))
}

async fn development(platform: &Platform) -> Result<Development, OutsideError> {
    let insecure = all::ALLOW_INSECURE_WEBHOOKS.read(platform).await?;
    Ok(if insecure { Development::Loopback } else { Development::Off })
}

/// The settings of webhooks, where they are possible at all.
pub(crate) async fn required_webhooks(platform: &Platform) -> Result<Settings, Problem> {
    let settings = webhooks(platform).await.map_err(|error| Problem::unavailable(&error))?;
    settings.ok_or_else(|| {
        let detail = "Webhooks are off because no WEBHOOK_SECRET is set that could sign them. Leave webhook_url out and ask for \
                      the job's status, or follow its events.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "WEBHOOKS_DISABLED", detail)
    })
}

/// Judges an address that a user gave for webhooks.
pub(crate) fn address(settings: &Settings, url: &str, pointer: &str) -> Result<PublicUrl, Problem> {
    PublicUrl::from_user(url, settings.development).map_err(|refusal| {
        let problem = FieldProblem { pointer: pointer.to_owned(), detail: refusal.to_string() };
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "INVALID_WEBHOOK_URL",
            format!("{pointer}: {}", problem.detail),
        )
    })
}
