#![expect(missing_docs, reason = "the macro that exports a class makes methods without documentation")]

use std::sync::Arc;

use platform::{
    Answer, OutsideError, Provides, Quota,
    quota::{CHARGE, PEEK, Spending, Spent, TABLE, Verdict, charge_values},
};
use worker::{
    DurableObject, Env, Request, Response, Result, SqlStorageValue, State, durable_object, wasm_bindgen,
};

use super::{Bindings, on_this_thread};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("quota", error)
}

impl Provides<dyn Quota> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Quota>> {
        Some(Arc::new(self.clone()))
    }
}

/// A durable object of each subject, binding `QUOTA`. All calls about a subject reach the same object, wherever they come from.
impl Quota for Bindings {
    fn spend<'a>(&'a self, subject: &'a str, cost: u32, limits: Spending, now: i64) -> Answer<'a, Verdict> {
        on_this_thread(async move {
            let object = self.0.durable_object("QUOTA");
            let object = object.map_err(|error| OutsideError::missing("quota", error))?;
            let object = object.get_by_name(subject).map_err(failed)?;
            let [now, cost, day, per_minute, per_day] = charge_values(cost, limits, now);
            let url = format!("https://quota.invalid/{now}/{cost}/{day}/{per_minute}/{per_day}");
            let text = object.fetch_with_str(&url).await.map_err(failed)?.text().await.map_err(failed)?;
            let numbers: Vec<i64> = text.split(' ').filter_map(|number| number.parse().ok()).collect();
            let (allowed, spent) = match numbers[..] {
                [allowed] => (allowed, None),
                [allowed, window_opened, used, day, day_used] => {
                    (allowed, Some(Spent { window_opened, used, day, day_used }))
                }
                _ => return Err(failed(format_args!("the counter answered {text:?}"))),
            };
            Ok(Verdict { allowed: allowed == 1, spent })
        })
    }
}

/// After what time without use a counter removes itself, in milliseconds.
const FORGOTTEN: i64 = 2 * 86_400_000;

/// The counter of one subject. Between two waits nothing else happens in an object, and here is none: the statements run at
/// once, in the object's own thread.
#[durable_object(alarm)]
pub struct QuotaCounter {
    state: State,
}

impl DurableObject for QuotaCounter {
    fn new(state: State, _env: Env) -> Self {
        Self { state }
    }

    /// `/now/cost/day/per_minute/per_day` to `allowed window_opened used day day_used`.
    async fn fetch(&self, request: Request) -> Result<Response> {
        let path = request.path();
        let numbers: Vec<i64> = path.split('/').filter_map(|number| number.parse().ok()).collect();
        let sql = self.state.storage().sql();
        sql.exec(TABLE, None)?;
        // The object is the subject.
        let mut values = vec![SqlStorageValue::from("")];
        for number in numbers {
            values.push(SqlStorageValue::try_from_i64(number)?);
        }
        let allowed = sql.exec(CHARGE, values)?.raw().count() > 0;
        let mut answer = String::from(if allowed { "1" } else { "0" });
        let mut row = Vec::new();
        for found in sql.exec(PEEK, vec![SqlStorageValue::from("")])?.raw() {
            row = found?;
        }
        for value in &row {
            let SqlStorageValue::Integer(number) = value else { continue };
            answer.push(' ');
            answer.push_str(&number.to_string());
        }
        // On the first spending of a day, where both counts are the same: an alarm costs a write.
        if allowed
            && let [_, SqlStorageValue::Integer(used), _, SqlStorageValue::Integer(day_used)] = row[..]
            && used == day_used
        {
            self.state.storage().set_alarm(FORGOTTEN).await?;
        }
        Response::ok(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        self.state.storage().delete_all().await?;
        Response::empty()
    }
}
