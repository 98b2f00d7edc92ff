use chrono::NaiveDate;
use network_data::spacescope::{DailyRow, DayRange, Statistic, Tables, date_of};
use platform::{OutsideError, Platform, Statement, Value};

use crate::plan::{Fetched, Known, Run};

/// Rows that one statement writes: far below D1's 2 MB a value.
const ROWS_A_STATEMENT: usize = 1_000;

const MIGRATIONS: [&str; 2] = [
    include_str!("../migrations/0001_daily_statistics.sql"),
    include_str!("../migrations/0002_no_expirations.sql"),
];

/// Makes the tables, where they are not there yet.
pub(crate) async fn migrate(platform: &Platform) -> Result<(), OutsideError> {
    platform::migrate(platform, "refresh", &MIGRATIONS).await
}

/// Keeps rows, each in the place of an older one.
pub(crate) async fn save(
    platform: &Platform,
    replies: &[(Statistic, Vec<DailyRow>)],
    fetched: i64,
) -> Result<(), OutsideError> {
    let rows: Vec<[String; 3]> = replies
        .iter()
        .flat_map(|(statistic, rows)| {
            rows.iter().map(|row| [statistic.name().to_owned(), row.day.to_string(), list(&row.figures)])
        })
        .collect();
    let statements = rows.chunks(ROWS_A_STATEMENT).map(|rows| {
        Statement::new(
            "INSERT INTO daily_statistics (statistic, day, figures, fetched) \
             SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), ?2 \
             FROM json_each(?1) WHERE true \
             ON CONFLICT (statistic, day) DO UPDATE SET figures = excluded.figures, fetched = excluded.fetched",
            [Value::Text(serde_json::to_string(rows).unwrap_or_default()), fetched.into()],
        )
    });
    if rows.is_empty() {
        return Ok(());
    }
    platform.database().run(statements.collect()).await.map(drop)
}

/// As text inside the JSON that SQLite reads, so that it passes on each digit as it is.
fn list(figures: &[f64]) -> String {
    serde_json::to_string(figures).unwrap_or_default()
}

/// Which days are there, as a refresh sees them that began at `since`.
///
/// The database finds the runs of days, of which there are a few: thousands of days took half of a step's CPU.
pub(crate) async fn known(platform: &Platform, since: i64) -> Result<Known, OutsideError> {
    // Days that follow each other have the same difference to their numbers in order.
    let sql = "SELECT statistic, min(day) AS first, max(day) AS last, fetched FROM (\
                 SELECT statistic, day, fetched, \
                   julianday(day) - row_number() OVER (PARTITION BY statistic, fetched ORDER BY day) AS run FROM (\
                   SELECT statistic, day, CASE \
                     WHEN fetched < (SELECT value FROM refresh_state WHERE name = 'refetch') THEN 0 \
                     WHEN fetched < ?1 THEN 1 ELSE 2 END AS fetched FROM daily_statistics)) \
               GROUP BY statistic, fetched, run ORDER BY statistic, first";
    let outcomes = platform.database().run(vec![Statement::new(sql, [since.into()])]).await?;
    let mut known = Known::new();
    for row in outcomes.into_iter().next().unwrap_or_default().rows {
        let [Value::Text(name), Value::Text(first), Value::Text(last), Value::Integer(fetched)] = &row[..]
        else {
            return Err(OutsideError::new("database", "the days of daily_statistics cannot be read"));
        };
        let Some(statistic) = Statistic::named(name) else { continue };
        let (Some(first), Some(last)) = (date_of(first), date_of(last)) else {
            return Err(unreadable(statistic, first));
        };
        let fetched = match fetched {
            0 => Fetched::Outdated,
            1 => Fetched::Before,
            _ => Fetched::Now,
        };
        known.entry(statistic).or_default().push(Run { days: DayRange { first, last }, fetched });
    }
    Ok(known)
}

/// Takes in all rows.
pub(crate) async fn load(platform: &Platform, tables: &mut Tables) -> Result<(), OutsideError> {
    // A line for each year instead of a row for each day: quicker on every platform, and below D1's limit of a value.
    let sql = "SELECT statistic, group_concat(day || ' ' || figures, ';') AS rows \
               FROM daily_statistics GROUP BY statistic, substr(day, 1, 4)";
    let outcomes = platform.database().run(vec![Statement::new(sql, [])]).await?;
    let mut figures = Vec::new();
    for row in outcomes.into_iter().next().unwrap_or_default().rows {
        let [Value::Text(name), Value::Text(rows)] = &row[..] else {
            return Err(OutsideError::new("database", "the rows of daily_statistics cannot be read"));
        };
        let Some(statistic) = Statistic::named(name) else { continue };
        for entry in rows.split(';') {
            figures.clear();
            let day = read_entry(entry, &mut figures).ok_or_else(|| unreadable(statistic, entry))?;
            if figures.len() != statistic.fields().len() {
                return Err(unreadable(statistic, entry));
            }
            tables.insert(statistic, day, &figures);
        }
    }
    Ok(())
}

/// A day and its figures, as [`load`] asks for them: `2025-09-01 [1.5,2.0]`.
fn read_entry(entry: &str, figures: &mut Vec<f64>) -> Option<NaiveDate> {
    let (day, list) = entry.split_once(' ')?;
    // By bytes: a search for each comma costs more than to look at the twenty bytes before it.
    for figure in list.strip_prefix('[')?.strip_suffix(']')?.as_bytes().split(|byte| *byte == b',') {
        let figure: f64 = std::str::from_utf8(figure).ok()?.parse().ok()?;
        figures.push(figure.is_finite().then_some(figure)?);
    }
    date_of(day)
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

/// Asks for all rows that are older than `time` to be fetched again, by this refresh or by later ones.
pub(crate) async fn set_refetch(platform: &Platform, time: i64) -> Result<(), OutsideError> {
    let sql = "INSERT INTO refresh_state (name, value) VALUES ('refetch', ?1) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    platform.database().run(vec![Statement::new(sql, [time.into()])]).await.map(drop)
}
