//! The answer as a table: `Accept: text/csv`.

use contract::{
    calendar::Every,
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::{Value, json};

use crate::support::{DAILY, Forecast, SERIES, WEEKLY, WITH_HISTORY};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        csv_has_a_date_and_a_column_a_series,
        csv_and_json_hold_the_same_numbers,
        csv_leaves_a_cell_empty_where_there_is_no_value,
        csv_is_given_to_who_prefers_it,
    ]
}

/// Header and rows.
fn table(service: &Service, path: &str, request: &Value) -> (Vec<String>, Vec<Vec<String>>) {
    let reply = service.post(path).json(request).header("accept", "text/csv").send().expect(200);
    assert_eq!(reply.media_type(), "text/csv");
    let text = reply.text();
    assert!(text.ends_with('\n'), "the last line ends like the others");
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    let mut lines = text.lines().map(cells);
    (lines.next().expect("a header"), lines.collect())
}

fn csv_has_a_date_and_a_column_a_series(service: &Service) {
    let network = service.network();
    let request = json!({"forecast_length_days": 50, "output": ["circ_supply", "1y_sector_roi"]});
    for (path, every, first, len) in [
        (WEEKLY, Every::Monday, network.current(), 50),
        (DAILY, Every::Day, network.current(), 50),
        (WITH_HISTORY, Every::Day, network.start(), network.days() + 50),
    ] {
        let (header, rows) = table(service, path, &request);
        assert_eq!(header, ["date", "circ_supply", "1y_sector_roi"]);
        let dates: Vec<_> = rows.iter().map(|row| row[0].clone()).collect();
        assert_eq!(dates, every.dates(first, len));
        assert!(rows.iter().all(|row| row.len() == 3));
    }
    let (header, _) = table(service, WEEKLY, &json!({"forecast_length_days": 20}));
    assert_eq!(header.len(), 1 + SERIES.len());
}

fn csv_and_json_hold_the_same_numbers(service: &Service) {
    let request = json!({"forecast_length_days": 300, "resolution": "monthly"});
    let forecast = Forecast::of(service, WITH_HISTORY, &request);
    let (header, rows) = table(service, WITH_HISTORY, &request);
    assert_eq!(header.len(), 1 + forecast.names().len());
    for (column, name) in header.iter().enumerate().skip(1) {
        let cells: Vec<Option<u64>> = rows
            .iter()
            .map(|row| (!row[column].is_empty()).then(|| row[column].parse::<f64>().unwrap().to_bits()))
            .collect();
        let expected: Vec<_> = forecast.series(name).iter().map(|value| value.map(f64::to_bits)).collect();
        assert_eq!(cells, expected, "{name}");
    }
}

fn csv_leaves_a_cell_empty_where_there_is_no_value(service: &Service) {
    let request = json!({"forecast_length_days": 3, "rbp": 0, "output": ["day_pledge_per_QAP", "days"]});
    let (_, rows) = table(service, DAILY, &request);
    assert!(!rows[0][1].is_empty() && rows[1][1].is_empty() && !rows[1][2].is_empty(), "{rows:?}");
}

fn csv_is_given_to_who_prefers_it(service: &Service) {
    let request = json!({"forecast_length_days": 10, "output": "days"});
    for (accept, media_type) in [
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0.1, application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
    ] {
        let reply = service.post(WEEKLY).json(&request).header("accept", accept).send().expect(200);
        assert_eq!(reply.media_type(), media_type, "Accept: {accept}");
    }
}
