//! What models were asked, by whom, and what it took: a budget of tokens a day for each key, and a record.
//!
//! Before a call its most is reserved in one statement, so two calls at once cannot both spend the rest; after it, what was not used
//! is given back. A call that nobody came back from (the instance ended, the reader of a stream went away) stays counted as its most.

use access::Caller;
use platform::{OutsideError, Platform, Statement, Value};
use serde::{Deserialize, Serialize};
use web::settings::MODEL_TOKENS_PER_DAY;

use crate::{Failure, Kind, Model, Tokens};

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_models.sql")];
const DAY: i64 = 86_400_000;

/// Who pays for a call. It can be stored, for work that goes on later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// Whose record it is in.
    pub owner: String,
    /// Whose budget: a key's. None for the operator, who has none.
    pub subject: Option<String>,
    /// Tokens a day (UTC), read and written.
    pub tokens_per_day: u64,
}

impl Payer {
    /// A caller, with the budget of its key, else the deployment's.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub async fn of(platform: &Platform, caller: &Caller) -> Result<Self, Failure> {
        let subject = caller.quota_subject();
        let tokens_per_day = match caller.tokens_per_day {
            Some(tokens) => tokens.into(),
            None => MODEL_TOKENS_PER_DAY.read(platform).await?,
        };
        let owner = caller.owner.clone().unwrap_or_else(|| caller.name.clone());
        Ok(Self { owner, subject, tokens_per_day })
    }
}

/// Tokens that were reserved for a call.
#[derive(Debug)]
pub(crate) struct Hold {
    payer: Payer,
    day: i64,
    pub(crate) granted: u64,
}

/// Reserves `most` tokens, or as many as are left, if `least` are.
pub(crate) async fn reserve(
    platform: &Platform,
    payer: &Payer,
    least: u64,
    most: u64,
) -> Result<Hold, Failure> {
    platform::migrate(platform, "models", &MIGRATIONS).await?;
    let now = platform.clock().now().timestamp_millis();
    let day = now.div_euclid(DAY);
    let hold = |granted| Hold { payer: payer.clone(), day, granted };
    let Some(subject) = &payer.subject else { return Ok(hold(most)) };
    let values =
        [subject.as_str().into(), day.into(), integer(most), integer(least), integer(payer.tokens_per_day)];
    let outcomes = platform.database().run(vec![Statement::new(RESERVE, values)]).await?;
    let granted = outcomes.first().and_then(|outcome| outcome.rows.first()?.first()?.as_i64());
    let granted = granted.and_then(|granted| u64::try_from(granted).ok());
    granted.map(hold).ok_or_else(|| exceeded(payer, least, now))
}

fn exceeded(payer: &Payer, least: u64, now: i64) -> Failure {
    let limit = payer.tokens_per_day;
    let detail = if least > limit {
        format!(
            "This takes at least about {least} tokens, and your key may spend {limit} a day. Ask for less, or ask the operator for more."
        )
    } else {
        format!(
            "Your key may spend {limit} tokens of language models a day (UTC), and what is left of them is less than the about {least} \
             that this takes at least."
        )
    };
    let rest = (now.div_euclid(DAY) + 1) * DAY - now;
    let rest = std::time::Duration::from_millis(rest.unsigned_abs());
    Failure::new(Kind::Budget, detail).after(Some(rest))
}

/// `?1` subject, `?2` UTC day, `?3` most, `?4` least, `?5` limit. In an UPDATE every right side is computed from the old row.
const RESERVE: &str = "INSERT INTO model_budgets (subject, day, used, granted) \
    SELECT ?1, ?2, min(?3, ?5), min(?3, ?5) WHERE ?4 <= ?5 \
    ON CONFLICT (subject) DO UPDATE SET \
    granted = CASE WHEN day < ?2 THEN min(?3, ?5) ELSE min(?3, ?5 - used) END, \
    used = CASE WHEN day < ?2 THEN min(?3, ?5) ELSE min(used + ?3, ?5) END, \
    day = max(day, ?2) \
    WHERE (day < ?2 AND ?4 <= ?5) OR (day >= ?2 AND used + ?4 <= ?5) \
    RETURNING granted";

/// `?1` subject, `?2` UTC day, `?3` what was used less what was reserved.
const SETTLE: &str = "UPDATE model_budgets SET used = max(0, used + ?3) WHERE subject = ?1 AND day = ?2";

/// `?1` owner, `?2` UTC day, `?3` model, `?4` failed calls, `?5` and `?6` tokens, `?7` cost.
const RECORD: &str = "INSERT INTO model_usage (owner, day, model, calls, failures, input, output, cost) \
    VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7) \
    ON CONFLICT (owner, day, model) DO UPDATE SET calls = calls + 1, failures = failures + excluded.failures, \
    input = input + excluded.input, output = output + excluded.output, cost = cost + excluded.cost";

/// The record is kept for a year and a month. `?1` the first UTC day that is kept.
const FORGET: &str = "DELETE FROM model_usage WHERE day < ?1";
const KEPT_DAYS: i64 = 400;

/// Writes down what a call took, and gives back the rest of what was reserved for it.
pub(crate) async fn settle(
    platform: &Platform,
    model: &Model,
    hold: Hold,
    used: Tokens,
    failed: bool,
) -> Result<(), OutsideError> {
    let Hold { payer, day, granted } = hold;
    let cost = model.known().map_or(0, |known| known.cost(used));
    let mut statements = vec![
        Statement::new(
            RECORD,
            [
                payer.owner.as_str().into(),
                day.into(),
                model.by().into(),
                i64::from(failed).into(),
                integer(used.input),
                integer(used.output),
                integer(cost),
            ],
        ),
        Statement::new(FORGET, [(day - KEPT_DAYS).into()]),
    ];
    if let Some(subject) = payer.subject {
        let difference = i64::try_from(used.total())
            .unwrap_or(i64::MAX)
            .saturating_sub(i64::try_from(granted).unwrap_or(i64::MAX));
        statements.push(Statement::new(SETTLE, [subject.into(), day.into(), difference.into()]));
    }
    platform.database().run(statements).await.map(drop)
}

/// What an owner and a key have spent today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the key's budget; what calls that go on have reserved is in it.
    pub spent: u64,
    /// Of the owner, by model.
    pub models: Vec<ModelUsage>,
}

/// What an owner has asked of a model today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelUsage {
    /// `provider/model`.
    pub model: String,
    /// Calls.
    pub calls: u64,
    /// Of them, those that failed.
    pub failures: u64,
    /// Tokens.
    pub tokens: Tokens,
    /// Millionths of a US dollar; zero where the price is not known.
    pub cost: u64,
}

/// What was spent today.
///
/// # Errors
/// When the database does not answer.
pub async fn usage(platform: &Platform, payer: &Payer) -> Result<Usage, Failure> {
    platform::migrate(platform, "models", &MIGRATIONS).await?;
    let day = platform.clock().now().timestamp_millis().div_euclid(DAY);
    let spent = "SELECT used FROM model_budgets WHERE subject = ?1 AND day = ?2";
    let rows = "SELECT model, calls, failures, input, output, cost FROM model_usage WHERE owner = ?1 AND day = ?2 ORDER BY model";
    let subject = payer.subject.as_deref().unwrap_or_default();
    let outcomes = platform
        .database()
        .run(vec![
            Statement::new(spent, [subject.into(), day.into()]),
            Statement::new(rows, [payer.owner.as_str().into(), day.into()]),
        ])
        .await?;
    let [spent, rows] = outcomes.as_slice() else { return Ok(Usage::default()) };
    let number = |value: &Value| value.as_i64().and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
    let spent = spent.rows.first().and_then(|row| row.first()).map_or(0, number);
    let models = rows.rows.iter().filter_map(|row| {
        let [model, calls, failures, input, output, cost] = row.as_slice() else { return None };
        Some(ModelUsage {
            model: model.as_text()?.to_owned(),
            calls: number(calls),
            failures: number(failures),
            tokens: Tokens { input: number(input), output: number(output) },
            cost: number(cost),
        })
    });
    Ok(Usage { spent, models: models.collect() })
}

fn integer(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}
