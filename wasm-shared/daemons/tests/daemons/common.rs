//! A world with a clock that a test sets, and what an owner does in it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daemons::{Call, DaemonStore, Ended, Rules};
use serde_json::json;

pub(crate) const RULES: Rules = Rules { most: 3, idle: Duration::from_mins(5) };
pub(crate) const OWNER: &str = "owner";

pub(crate) fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

pub(crate) const CALL: Call<'_> =
    Call { model: "model-1", provider: "openai", task: "Name a risk.", timeout: Duration::from_mins(1) };

pub(crate) fn done(milliseconds: u64) -> Ended {
    Ended {
        data: json!({"status": "completed", "execution_time": milliseconds as f64 / 1000.0,
                     "usage": {"input_tokens": 3, "output_tokens": 5}}),
        answer: Some("Low onboarding.".to_owned()),
        is_failed: false,
        milliseconds,
        input_tokens: 3,
        output_tokens: 5,
    }
}

/// Calls a daemon that is summoned, from beginning to end.
pub(crate) async fn invoke(store: &DaemonStore<'_>, owner: &str, name: &str) {
    let id = store.begin(owner, name, CALL, &RULES).await.unwrap().expect("a summoned daemon");
    assert!(store.end(&id, &done(1_500)).await.unwrap());
}
