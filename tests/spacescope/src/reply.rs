use chrono::{Days, NaiveDate};
use network_data::spacescope::{DayRange, Statistic};
use serde_json::{Map, Value, json};

use crate::{fault::Kind, rows::Rows};

/// All figures of a row of the table of expirations: more than are used.
const EXPIRATIONS: [&str; 12] = [
    "extended_bytes",
    "extended_bytes_qap",
    "extended_pledge",
    "expired_bytes",
    "expired_bytes_qap",
    "expired_pledge",
    "terminated_bytes",
    "terminated_bytes_qap",
    "terminated_pledge",
    "schedule_expire_bytes",
    "schedule_expire_bytes_qap",
    "schedule_expire_pledge",
];

/// Those of them that are about the past: a future day has none of it.
const OF_THE_PAST: usize = 9;

/// The body of a reply.
pub(crate) fn body(
    rows: &Rows,
    newest: NaiveDate,
    statistic: Statistic,
    asked: Option<DayRange>,
    fault: Option<Kind>,
) -> Value {
    let whole_table = statistic == Statistic::Expirations;
    let fields = if whole_table { &EXPIRATIONS[..] } else { statistic.fields() };
    let newest = if fault == Some(Kind::NotYet) { newest - Days::new(1) } else { newest };
    let table = rows.tables.get(&statistic);
    let mut days: Vec<(NaiveDate, Vec<f64>)> = table
        .into_iter()
        .flatten()
        .filter(|(day, _)| asked.is_none_or(|asked| asked.contains(**day)))
        .filter(|(day, _)| whole_table || **day <= newest)
        .map(|(day, figures)| (*day, figures.clone()))
        .collect();
    if whole_table {
        for (_, figures) in days.iter_mut().filter(|(day, _)| *day > newest) {
            undo_the_past(figures);
        }
    }
    // Where a fault strikes: in the middle of what is asked for, or of the past.
    let past = days.iter().filter(|(day, _)| *day <= newest).count();
    let middle = past / 2;
    match fault {
        Some(Kind::Empty) => days.clear(),
        Some(Kind::MissingDay) if middle < days.len() => drop(days.remove(middle)),
        Some(Kind::DuplicatedDay) if middle < days.len() => days.insert(middle, days[middle].clone()),
        Some(Kind::Revised) => {
            for (_, figures) in
                days.iter_mut().filter(|(day, _)| *day > newest - Days::new(7) && *day <= newest)
            {
                for figure in figures.iter_mut() {
                    *figure *= 1.0001;
                }
            }
        }
        _ => {}
    }
    let mut list: Vec<Value> = days
        .into_iter()
        .map(|(day, figures)| {
            let day = if whole_table { day.to_string() } else { format!("{day}T00:00:00Z") };
            let mut row = Map::from_iter([(statistic.day_field().to_owned(), Value::from(day))]);
            for (field, figure) in fields.iter().zip(figures) {
                let text = fault == Some(Kind::Strings);
                let value = if text { figure.to_string().into() } else { figure.into() };
                row.insert((*field).to_owned(), value);
            }
            Value::Object(row)
        })
        .collect();
    if let Some(Value::Object(row)) = list.get_mut(middle) {
        let field = fields[0];
        match fault {
            Some(Kind::Null) => drop(row.insert(field.to_owned(), Value::Null)),
            Some(Kind::Negative) => drop(row.insert(field.to_owned(), json!(-1.5))),
            Some(Kind::Renamed) => {
                let value = row.remove(field);
                row.insert(format!("{field}_v3"), value.into());
            }
            _ => {}
        }
    }
    json!({"request_id": "made-up", "code": 0, "message": "success", "data": list})
}

/// Nothing is extended, expired or terminated yet, and the schedule is what is left.
fn undo_the_past(figures: &mut [f64]) {
    let (past, scheduled) = figures.split_at_mut(OF_THE_PAST);
    for (scheduled, terminated) in scheduled.iter_mut().zip(&past[6..]) {
        *scheduled -= terminated;
    }
    past.fill(0.0);
}
