//! The reply as JSON and as a table: the same figures, in full, and an honest gap where there is none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{parse, snapshot, snapshots, usual, written};
use economy::Series;
use forecast::{Answer, Scope};
use network_data::{Snapshot, calendar::Resolution};
use serde_json::{Value, json};

fn answer<'a>(snapshot: &'a Snapshot, request: &Value, scope: Scope) -> Answer<'a> {
    let question = parse(request).unwrap();
    question.resolve(snapshot).answer(scope, Resolution::Daily, snapshot.current_date()).unwrap()
}

#[test]
fn a_table_says_what_the_json_says_day_by_day() {
    for snapshot in snapshots() {
        for resolution in Resolution::ALL {
            for scope in [Scope::Forecast, Scope::WithHistory] {
                // Nobody onboards, so some cells have no value.
                let request = json!({"forecast_length_days": 70, "rbp": 0, "resolution": resolution.name()});
                let answer = answer(&snapshot, &request, scope);
                let json = written(&answer);
                let csv = answer.to_csv();
                let mut lines = csv.split_terminator("\r\n").map(|line| line.split(',').collect::<Vec<_>>());
                let names = lines.next().unwrap();
                assert_eq!(names[0], "date");
                assert_eq!(names[1..], Series::ALL.map(Series::name));
                let dates: Vec<_> = answer.sampling().dates().map(|date| date.to_string()).collect();
                let mut rows = 0;
                for (row, cells) in lines.enumerate() {
                    assert_eq!(cells.len(), names.len());
                    assert_eq!(cells[0], dates[row]);
                    for (name, cell) in names.iter().zip(&cells).skip(1) {
                        let value = &json["simulation_output"][name][row];
                        let same = match value.as_f64() {
                            Some(value) => cell.parse::<f64>().unwrap().to_bits() == value.to_bits(),
                            None => value.is_null() && cell.is_empty(),
                        };
                        assert!(same, "{name} on {}: {cell:?} and {value}", cells[0]);
                    }
                    rows += 1;
                }
                assert_eq!(rows, dates.len());
            }
        }
    }
}

#[test]
fn a_table_of_no_days_has_its_header_only() {
    let snapshot = snapshot(usual());
    let request =
        json!({"forecast_length_days": 3, "resolution": "weekly", "output": ["days", "circ_supply"]});
    assert_eq!(answer(&snapshot, &request, Scope::Forecast).to_csv(), "date,days,circ_supply\r\n");
}

#[test]
fn columns_stand_in_the_order_asked_for() {
    let snapshot = snapshot(usual());
    let request = json!({"forecast_length_days": 1, "output": ["circ_supply", "1y_sector_roi", "days"]});
    let csv = answer(&snapshot, &request, Scope::Forecast).to_csv();
    assert!(csv.starts_with("date,circ_supply,1y_sector_roi,days\r\n2025-09-09,"), "{csv}");
}

#[test]
fn what_is_no_number_leaves_as_null_and_as_an_empty_cell() {
    let snapshot = snapshot(usual());
    let request =
        json!({"forecast_length_days": 3, "rbp": 0, "output": ["day_pledge_per_QAP", "1y_sector_roi"]});
    let answer = answer(&snapshot, &request, Scope::Forecast);
    let output = &written(&answer)["simulation_output"];
    // The current date's onboarding is known; after it nobody onboards, and nought is divided by nought.
    for name in ["day_pledge_per_QAP", "1y_sector_roi"] {
        assert!(output[name][0].is_f64(), "{name}");
        assert_eq!(output[name].as_array().unwrap()[1..], [Value::Null, Value::Null], "{name}");
    }
    assert_eq!(answer.to_csv().split("\r\n").nth(2), Some("2025-09-10,,"));
}

#[test]
fn every_digit_of_the_models_numbers_leaves() {
    for snapshot in snapshots() {
        let answer = answer(&snapshot, &json!({"forecast_length_days": 400}), Scope::Forecast);
        let reply = written(&answer);
        for (series, values) in answer.series() {
            let written = reply["simulation_output"][series.name()].as_array().unwrap();
            for (value, written) in values.iter().zip(written) {
                assert_eq!(value.map(f64::to_bits), written.as_f64().map(f64::to_bits), "{}", series.name());
            }
        }
    }
}

#[test]
fn day_numbers_are_whole_numbers_in_both_forms() {
    let snapshot = snapshot(usual());
    let answer = answer(&snapshot, &json!({"forecast_length_days": 2, "output": "days"}), Scope::Forecast);
    // 2025-09-09 is day 1790 of the network.
    assert!(String::from_utf8(answer.to_json().unwrap()).unwrap().contains(r#""days":[1790,1791]"#));
    assert_eq!(answer.to_csv(), "date,days\r\n2025-09-09,1790\r\n2025-09-10,1791\r\n");
}
