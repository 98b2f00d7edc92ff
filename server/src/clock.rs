use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use platform::{Application as _, Platform};

/// Does every day at `hour`, UTC, what is due by the clock. What came of it stands in the log and in `/health`.
pub(crate) async fn refresh_daily(platform: Platform, hour: u32) {
    loop {
        let now = platform.clock().now();
        let wait = (next(now, hour) - now).to_std().unwrap_or_default();
        tokio::time::sleep(wait).await;
        if let Err(reason) = edge::Function::scheduled(platform.clone()).await {
            let line =
                serde_json::json!({"level": "error", "message": "a scheduled run failed", "error": reason});
            platform.log().line(&line);
        }
    }
}

/// The next full hour `hour` after `now`.
fn next(now: DateTime<Utc>, hour: u32) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    let today = now.date_naive().and_time(time).and_utc();
    if today > now { today } else { today.checked_add_days(Days::new(1)).unwrap_or(now + TimeDelta::days(1)) }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_refresh_runs_once_a_day_at_its_hour() {
        for (now, expected) in [
            ("2026-11-21T00:59:59Z", "2026-11-21T01:00:00Z"),
            ("2026-11-21T01:00:00Z", "2026-11-22T01:00:00Z"),
            ("2026-12-31T23:00:00Z", "2027-01-01T01:00:00Z"),
        ] {
            assert_eq!(
                next(now.parse().unwrap_or_default(), 1),
                expected.parse::<chrono::DateTime<chrono::Utc>>().unwrap_or_default()
            );
        }
    }
}
