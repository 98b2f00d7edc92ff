use chrono::NaiveDate;
use network_data::spacescope::{DailyRow, Statistic, Tables};
use platform::{OutsideError, Platform, Statement, Value};

use crate::plan::Known;

/// Rows that one statement writes: far below D1's 2 MB a value.
const ROWS_A_STATEMENT: usize = 1_000;

const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_daily_statistics.sql")];

/// Makes the tables, where they are not there yet.
pub(crate) async fn migrate(platform: &Platform) -> Result<(), OutsideError> {
    platform::migrate(platform, "refresh", &MIGRATIONS).await
}

/// Keeps rows, each in the place of an older one. A whole table takes the place of the one before.
pub(crate) async fn save(
    platform: &Platform,
    replies: &[(Statistic, Vec<DailyRow>)],
    fetched: i64,
) -> Result<(), OutsideError> {
    let mut statements = Vec::new();
    if replies.iter().any(|(statistic, _)| *statistic == Statistic::Expirations) {
        let sql = "DELETE FROM daily_statistics WHERE statistic = ?1";
        statements.push(Statement::new(sql, [Statistic::Expirations.name().into()]));
    }
    let rows: Vec<[String; 3]> = replies
        .iter()
        .flat_map(|(statistic, rows)| {
            rows.iter().map(|row| [statistic.name().to_owned(), row.day.to_string(), list(&row.figures)])
        })
        .collect();
    statements.extend(rows.chunks(ROWS_A_STATEMENT).map(|rows| {
        Statement::new(
            "INSERT INTO daily_statistics (statistic, day, figures, fetched) \
             SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), ?2 \
             FROM json_each(?1) WHERE true \
             ON CONFLICT (statistic, day) DO UPDATE SET figures = excluded.figures, fetched = excluded.fetched",
            [Value::Text(serde_json::to_string(rows).unwrap_or_default()), fetched.into()],
        )
    }));
    if statements.is_empty() {
        return Ok(());
    }
    platform.database().run(statements).await.map(drop)
}

/// As text inside the JSON that SQLite reads, so that it passes on each digit as it is.
fn list(figures: &[f64]) -> String {
    serde_json::to_string(figures).unwrap_or_default()
}

/// Which days are there.
pub(crate) async fn known(platform: &Platform) -> Result<Known, OutsideError> {
    // A line for each year instead of a row for each day: quicker on every platform, and below D1's limit of a value.
    let sql = "SELECT statistic, group_concat(day || ' ' || fetched, ',') AS days \
               FROM daily_statistics GROUP BY statistic, substr(day, 1, 4)";
    let mut known = Known::new();
    for (statistic, days) in lines(platform, sql).await? {
        for entry in days.split(',') {
            let (day, fetched) = entry.split_once(' ').unwrap_or_default();
            let (Some(day), Ok(fetched)) = (date(day), fetched.parse()) else {
                return Err(unreadable(statistic, entry));
            };
            known.entry(statistic).or_default().insert(day, fetched);
        }
    }
    Ok(known)
}

/// All rows.
pub(crate) async fn load(platform: &Platform) -> Result<Tables, OutsideError> {
    let sql = "SELECT statistic, group_concat(day || ' ' || figures, ';') AS rows \
               FROM daily_statistics GROUP BY statistic, substr(day, 1, 4)";
    let mut tables = Tables::default();
    for (statistic, rows) in lines(platform, sql).await? {
        for entry in rows.split(';') {
            let (day, figures) = entry.split_once(' ').unwrap_or_default();
            let (Some(day), Ok(figures)) = (date(day), serde_json::from_str::<Vec<f64>>(figures)) else {
                return Err(unreadable(statistic, entry));
            };
            if figures.len() != statistic.fields().len() {
                return Err(unreadable(statistic, entry));
            }
            tables.insert(statistic, day, figures);
        }
    }
    Ok(tables)
}

/// A day as [`save`] writes it. Each step of a refresh reads thousands of them; `chrono`'s own reader took a tenth of a step's CPU, and
/// a quarter of the publication's.
fn date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

async fn lines(platform: &Platform, sql: &'static str) -> Result<Vec<(Statistic, String)>, OutsideError> {
    let outcomes = platform.database().run(vec![Statement::new(sql, [])]).await?;
    let rows = outcomes.into_iter().next().unwrap_or_default().rows;
    let line = |row: &Vec<Value>| {
        Some((Statistic::named(row.first()?.as_text()?)?, row.get(1)?.as_text()?.to_owned()))
    };
    Ok(rows.iter().filter_map(line).collect())
}

fn unreadable(statistic: Statistic, entry: &str) -> OutsideError {
    let day: String = entry.chars().take(10).collect();
    OutsideError::new(
        "database",
        format_args!(
            "the row of {} for {day:?} cannot be read; fetch all again with ?full=true",
            statistic.name()
        ),
    )
}

/// The time before which rows are to be fetched again; 0 where no full refresh is under way.
pub(crate) async fn refetch(platform: &Platform) -> Result<i64, OutsideError> {
    let sql = "SELECT value FROM refresh_state WHERE name = 'refetch'";
    let outcomes = platform.database().run(vec![Statement::new(sql, [])]).await?;
    Ok(outcomes.first().and_then(|outcome| outcome.rows.first()?.first()?.as_i64()).unwrap_or(0))
}

/// Asks for all rows that are older than `time` to be fetched again, by this refresh or by later ones.
pub(crate) async fn set_refetch(platform: &Platform, time: i64) -> Result<(), OutsideError> {
    let sql = "INSERT INTO refresh_state (name, value) VALUES ('refetch', ?1) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    platform.database().run(vec![Statement::new(sql, [time.into()])]).await.map(drop)
}
