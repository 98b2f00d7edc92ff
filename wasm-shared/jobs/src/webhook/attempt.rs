use std::time::Duration;

use bytes::Bytes;
use http::{Method, header};
use outbound::{Development, PublicUrl};
use platform::{OutsideError, Platform, log, within};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Secrets, sign};
use crate::{Millis, random::token, view};

/// How webhooks are sent.
#[derive(Clone)]
pub struct Settings {
    /// What signs them for keys that have no secret of their own.
    pub deployment: Option<Secrets>,
    /// How long one request may take.
    pub timeout: Duration,
    /// Whether receivers on this machine may be named.
    pub development: Development,
}

/// A request that was sent, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Millis,
    /// How long it took, in milliseconds.
    pub milliseconds: i64,
    /// The status of the reply, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it counts as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Sends a signed message once. The reply's head alone counts: 2xx is a success, and no redirect is followed.
pub(super) async fn send(
    platform: &Platform,
    settings: &Settings,
    secrets: Option<&Secrets>,
    url: &str,
    id: &str,
    body: &str,
) -> Attempt {
    let at = platform.clock().now().timestamp_millis();
    let mut attempt = Attempt { at, milliseconds: 0, status: None, error: None };
    let Some(secrets) = secrets else {
        // It was taken away after the job was accepted.
        attempt.error = Some("There is no secret that could sign it.".to_owned());
        return attempt;
    };
    match request(settings, secrets, url, id, at, body) {
        Ok(request) => {
            match within(platform.sleep(), settings.timeout, platform.http().open(request)).await {
                Some(Ok(response)) => {
                    let status = response.status();
                    attempt.status = Some(status.as_u16());
                    attempt.error = if status.is_success() {
                        None
                    } else if status.is_redirection() {
                        Some("The receiver redirects, and redirects are not followed.".to_owned())
                    } else {
                        Some(format!("The receiver answered {status}."))
                    };
                }
                Some(Err(error)) => {
                    log::warning(platform, "a webhook was not received", Some(&error));
                    attempt.error = Some("The receiver could not be reached.".to_owned());
                }
                None => {
                    let limit = settings.timeout.as_millis();
                    attempt.error = Some(format!("The receiver did not answer within {limit} ms."));
                }
            }
        }
        Err(reason) => attempt.error = Some(reason),
    }
    attempt.milliseconds = platform.clock().now().timestamp_millis() - at;
    attempt
}

/// The address is judged again: what is allowed may have changed since it was given.
fn request(
    settings: &Settings,
    secrets: &Secrets,
    url: &str,
    id: &str,
    now: Millis,
    body: &str,
) -> Result<http::Request<Bytes>, String> {
    let url = PublicUrl::from_user(url, settings.development).map_err(|refusal| refusal.to_string())?;
    let timestamp = now / 1000;
    url.request(Method::POST)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "mechafil-edge")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", sign(secrets, id, timestamp, body))
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .map_err(|error| error.to_string())
}

/// Sends a test event, and says what happened.
///
/// # Errors
/// When the platform gives no random numbers, or the database does not answer.
pub async fn test(
    platform: &Platform,
    settings: &Settings,
    account: &str,
    url: &PublicUrl,
) -> Result<(String, Attempt), OutsideError> {
    let id = format!("msg_{}", token()?);
    let now = platform.clock().now().timestamp_millis();
    let body = json!({"type": "webhook.test", "timestamp": view::time(now), "data": {}}).to_string();
    let secrets = super::secrets_of(platform, settings, account).await?;
    let attempt = send(platform, settings, secrets.as_ref(), url.as_str(), &id, &body).await;
    Ok((id, attempt))
}
