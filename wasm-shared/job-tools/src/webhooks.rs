//! Who may be told what becomes of a job: the settings of webhooks, and the judge of the addresses that users give for them.

use std::time::Duration;

use http::StatusCode;
use jobs::webhook::{Secrets, Settings, secrets_of};
use outbound::{Development, PublicUrl};
use platform::{OutsideError, Platform};
use web::{FieldProblem, Problem, settings as all};

/// How webhooks are sent.
///
/// # Errors
/// When a setting cannot be read.
pub async fn settings(platform: &Platform) -> Result<Settings, OutsideError> {
    Ok(Settings {
        deployment: all::WEBHOOK_SECRET.read(platform).await?.and_then(|text| Secrets::parse(&text)),
        timeout: Duration::from_millis(all::WEBHOOK_TIMEOUT_MS.read(platform).await?),
        development: development(platform).await?,
    })
}

async fn development(platform: &Platform) -> Result<Development, OutsideError> {
    let insecure = all::ALLOW_INSECURE_WEBHOOKS.read(platform).await?;
    Ok(if insecure { Development::Loopback } else { Development::Off })
}

/// The settings of webhooks, where there is a secret that can sign them for this account: the key's own, or the deployment's.
///
/// # Errors
/// 503 `WEBHOOKS_DISABLED` where there is none, and where the database does not answer.
pub async fn required(platform: &Platform, account: &str) -> Result<Settings, Problem> {
    let found = async {
        let settings = settings(platform).await?;
        let can_sign =
            settings.deployment.is_some() || secrets_of(platform, &settings, account).await?.is_some();
        Ok(can_sign.then_some(settings))
    };
    found.await.map_err(|error: OutsideError| Problem::unavailable(&error))?.ok_or_else(|| {
        let detail = "Webhooks are off because no secret is set that could sign them. Give your key one of its own by POST \
                      /api/webhooks/secret; or leave webhook_url out, and ask for the job's status or follow its events.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "WEBHOOKS_DISABLED", detail)
    })
}

/// Judges an address that a user gave for webhooks, in the field that `pointer` names.
///
/// # Errors
/// 422 `INVALID_WEBHOOK_URL` for one that is not to be sent to.
pub fn address(settings: &Settings, url: &str, pointer: &str) -> Result<PublicUrl, Problem> {
    PublicUrl::from_user(url, settings.development).map_err(|refusal| {
        let problem = FieldProblem { pointer: pointer.to_owned(), detail: refusal.to_string() };
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "INVALID_WEBHOOK_URL",
            format!("{pointer}: {}", problem.detail),
        )
    })
}
