use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use bytes::Bytes;
use chrono::DateTime;
use http::{HeaderMap, Request, StatusCode, header};
use network_data::spacescope::{DailyRow, DayRange, Statistic, read_reply};
use platform::{Platform, within};

use crate::{RefreshError, settings::Settings};

/// How often one request is tried.
const ATTEMPTS: u32 = 3;

/// Before the second attempt, on average; before the third it is twice that.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The longest wait that a source may ask for with `Retry-After` and get.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long a fetch may take with all its attempts and the waits between them.
pub(crate) fn longest_fetch(timeout: Duration) -> Duration {
    timeout * ATTEMPTS + LONGEST_WAIT * (ATTEMPTS - 1)
}

/// Asks the source, again if need be, and checks what it says.
pub(crate) struct Client<'a> {
    platform: &'a Platform,
    settings: Settings,
    /// Requests sent.
    sent: AtomicU32,
    /// Requests that may be sent.
    budget: u32,
}

/// A failure that another attempt may not meet.
struct Passing {
    reason: String,
    wait: Option<Duration>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(platform: &'a Platform, settings: Settings, budget: u32) -> Self {
        Self { platform, settings, sent: AtomicU32::new(0), budget }
    }

    /// How many requests were sent.
    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many more may be sent.
    pub(crate) fn left(&self) -> u32 {
        self.budget.saturating_sub(self.sent())
    }

    /// The rows of a statistic, checked; of expirations the whole table.
    pub(crate) async fn fetch(
        &self,
        statistic: Statistic,
        asked: DayRange,
    ) -> Result<Vec<DailyRow>, RefreshError> {
        let mut attempt = 1;
        loop {
            let Passing { reason, wait } = match self.attempt(statistic, asked).await? {
                Ok(rows) => return Ok(rows),
                Err(passing) => passing,
            };
            if attempt == ATTEMPTS || self.left() == 0 || wait.is_some_and(|wait| wait > LONGEST_WAIT) {
                let (path, asked) = (statistic.path(), asked.to_string());
                return Err(RefreshError::Unreachable { path, asked, reason, attempts: attempt });
            }
            self.platform.log().line(&serde_json::json!({
                "level": "info",
                "message": "the source is asked again",
                "path": statistic.path(),
                "reason": reason,
                "attempt": attempt,
            }));
            self.platform.sleep().sleep(wait.unwrap_or_else(|| backoff(attempt))).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        statistic: Statistic,
        asked: DayRange,
    ) -> Result<Result<Vec<DailyRow>, Passing>, RefreshError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let path = statistic.path();
        let query = match statistic {
            Statistic::Expirations => String::new(),
            _ => format!("?start_date={}&end_date={}", asked.first, asked.last),
        };
        let request = Request::get(format!("{}{path}{query}", self.settings.base_url))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.settings.token))
            .header(header::ACCEPT, "application/json")
            .body(Bytes::new())
            // The URL was checked, so it can only be that the token holds what no header may.
            .map_err(|_| RefreshError::TokenRefused { path, status: 401 })?;
        let passing = |reason: String, wait| Ok(Err(Passing { reason, wait }));
        let (sleep, limit) = (self.platform.sleep(), self.settings.timeout);
        let response = match within(sleep, limit, self.platform.http().send(request)).await {
            None => return passing(format!("did not answer within {} seconds", limit.as_secs()), None),
            Some(Err(error)) => return passing(format!("gave no whole reply ({})", error.reason), None),
            Some(Ok(response)) => response,
        };
        match response.status() {
            StatusCode::OK => match read_reply(statistic, asked, response.body()) {
                Ok(rows) => Ok(Ok(rows)),
                Err(error) if error.cut => passing(error.detail, None),
                Err(error) => Err(error.into()),
            },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(RefreshError::TokenRefused { path, status: response.status().as_u16() })
            }
            status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                let wait = self.retry_after(response.headers());
                let asks = wait.map(|wait| format!(" and asks to wait {} seconds", wait.as_secs()));
                passing(format!("answered {}{}", status.as_u16(), asks.unwrap_or_default()), wait)
            }
            status => Err(RefreshError::Unreachable {
                path,
                asked: asked.to_string(),
                reason: format!("answered {}", status.as_u16()),
                attempts: 1,
            }),
        }
    }

    /// `Retry-After`: seconds, or a date.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = DateTime::parse_from_rfc2822(value).ok()?.to_utc();
        (until - self.platform.clock().now()).to_std().ok()
    }
}

/// Half to one and a half of the wait, so that callers that failed together do not come back together.
fn backoff(attempt: u32) -> Duration {
    let random = uuid::Uuid::new_v4().as_u128() as u16;
    FIRST_WAIT.mul_f64((0.5 + f64::from(random) / f64::from(u16::MAX)) * f64::from(1 << (attempt - 1)))
}
