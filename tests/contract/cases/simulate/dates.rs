//! Which days an answer covers: by path, resolution and horizon.

use contract::{
    calendar::Every,
    cases,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::json;

use crate::support::{DAILY, Forecast, SERIES, WEEKLY, WITH_HISTORY, assert_dated, pick};

pub(crate) fn cases() -> Vec<Case> {
    cases![Scene::Imported =>
        weekly_dates_are_true_mondays,
        daily_begins_on_the_current_date,
        history_begins_on_the_first_day_of_the_data,
        monthly_lists_the_first_days_of_the_months,
        every_series_has_the_same_anchor_and_length,
        weekly_values_are_those_of_the_mondays,
        resolution_overrides_the_path,
        a_short_forecast_comes_daily_unless_a_resolution_is_asked_for,
        the_current_dates_values_are_in_every_reply,
        a_horizon_without_a_monday_gives_empty_series_and_says_so,
        the_imported_network_and_the_issues_question_answer_with_mondays,
        one_year_series_have_a_value_for_every_day_of_the_horizon,
        one_year_series_have_a_value_for_every_day_of_the_history_too,
        days_count_from_the_networks_first_day,
    ]
}

fn weekly_dates_are_true_mondays(service: &Service) {
    let current = service.network().current();
    for days in (1..=15).chain([365, 3650, 7300]) {
        let request = json!({"forecast_length_days": days, "output": "days", "resolution": "weekly"});
        let forecast = Forecast::of(service, WEEKLY, &request);
        assert_dated(&forecast, Every::Monday, current, days);
        if forecast.entries() > 0 {
            assert!(forecast.start().is_monday() && forecast.start() - current < 7);
        }
    }
}

fn daily_begins_on_the_current_date(service: &Service) {
    for days in [1, 2, 365] {
        let request = json!({"forecast_length_days": days, "output": "days"});
        assert_dated(&Forecast::of(service, DAILY, &request), Every::Day, service.network().current(), days);
    }
}

fn history_begins_on_the_first_day_of_the_data(service: &Service) {
    let network = service.network();
    for days in [1, 30] {
        let request = json!({"forecast_length_days": days, "output": "days"});
        let forecast = Forecast::of(service, WITH_HISTORY, &request);
        assert_dated(&forecast, Every::Day, network.start(), network.days() + days);
    }
}

fn monthly_lists_the_first_days_of_the_months(service: &Service) {
    let network = service.network();
    for (path, first, before) in
        [(WEEKLY, network.current(), 0), (WITH_HISTORY, network.start(), network.days())]
    {
        for days in [40, 365, 800] {
            let request = json!({"forecast_length_days": days, "output": "days", "resolution": "monthly"});
            assert_dated(&Forecast::of(service, path, &request), Every::Month, first, before + days);
        }
    }
}

fn every_series_has_the_same_anchor_and_length(service: &Service) {
    for path in [WEEKLY, DAILY, WITH_HISTORY] {
        let forecast = Forecast::of(service, path, &json!({"forecast_length_days": 100}));
        assert_eq!(forecast.output.len(), SERIES.len(), "{path}");
    }
}

fn weekly_values_are_those_of_the_mondays(service: &Service) {
    let network = service.network();
    for (path, first, len) in
        [(DAILY, network.current(), 400), (WITH_HISTORY, network.start(), network.days() + 400)]
    {
        let ask = |every: Every| {
            Forecast::of(service, path, &json!({"forecast_length_days": 400, "resolution": every.name()}))
        };
        let daily = ask(Every::Day);
        for every in [Every::Monday, Every::Month] {
            let (sparse, kept) = (ask(every), every.of(first, len));
            for name in SERIES {
                assert_eq!(sparse.series(name), pick(&daily.series(name), &kept), "{path}, {name}");
            }
        }
        if path == DAILY {
            let weekly = Forecast::of(service, WEEKLY, &json!({"forecast_length_days": 400}));
            assert_eq!(weekly.output, ask(Every::Monday).output);
        }
    }
}

fn resolution_overrides_the_path(service: &Service) {
    let network = service.network();
    let current = network.current();
    for every in Every::ALL {
        let request = json!({"forecast_length_days": 90, "output": "days", "resolution": every.name()});
        assert_dated(&Forecast::of(service, WEEKLY, &request), every, current, 90);
        assert_dated(&Forecast::of(service, DAILY, &request), every, current, 90);
        let with_history = Forecast::of(service, WITH_HISTORY, &request);
        assert_dated(&with_history, every, network.start(), network.days() + 90);
    }
}

fn a_short_forecast_comes_daily_unless_a_resolution_is_asked_for(service: &Service) {
    let current = service.network().current();
    for (days, every) in [(1, Every::Day), (3, Every::Day), (27, Every::Day), (28, Every::Monday)] {
        let request = json!({"forecast_length_days": days, "output": "circ_supply"});
        assert_dated(&Forecast::of(service, WEEKLY, &request), every, current, days);
    }
}

fn the_current_dates_values_are_in_every_reply(service: &Service) {
    let daily = Forecast::of(service, DAILY, &json!({"forecast_length_days": 60}));
    for path in [WEEKLY, DAILY, WITH_HISTORY] {
        let request = json!({"forecast_length_days": 60, "resolution": "monthly"});
        let current = Forecast::of(service, path, &request).current;
        assert_eq!(current.len(), SERIES.len());
        for name in SERIES {
            assert_eq!(current[name], daily.output[name][0], "{name}, {path}");
        }
    }
}

fn a_horizon_without_a_monday_gives_empty_series_and_says_so(service: &Service) {
    let current = service.network().current();
    let days = (0..7).find(|day| (current + *day).is_monday()).expect("a Monday");
    // Where the newest day is a Monday itself, every horizon has one.
    let empty = days > 0;
    let days = days.max(1);
    let forecast =
        Forecast::of(service, WEEKLY, &json!({"forecast_length_days": days, "resolution": "weekly"}));
    assert_dated(&forecast, Every::Monday, current, days as usize);
    assert_eq!(forecast.entries() == 0, empty);
    let warned = forecast.warnings.iter().any(|text| text.contains("weekly") && text.contains("empty"));
    assert_eq!(warned, empty, "{:?}", forecast.warnings);
}

/// The question of the issue that the product was built from, with the dates of the real network.
fn the_imported_network_and_the_issues_question_answer_with_mondays(service: &Service) {
    let request = json!({
        "rbp": 4.0, "rr": 0.85, "fpr": 0.9, "forecast_length_days": 365,
        "output": ["available_supply", "network_RBP_EIB"],
    });
    let forecast = Forecast::of(service, WEEKLY, &request);
    assert_eq!(forecast.names(), ["available_supply", "network_RBP_EIB"]);
    if service.network().current().to_string() == "2025-09-09" {
        assert_eq!(forecast.input["sim_start_date"], "2025-09-15", "the first Monday on or after 2025-09-09");
        assert_eq!(forecast.input["sim_end_date"], "2026-09-07");
        assert_eq!(forecast.entries(), 52);
    }
    for (name, least, most) in [("available_supply", 5e8, 1.2e9), ("network_RBP_EIB", 1.0, 20.0)] {
        let values = forecast.complete(name);
        assert!(values.iter().all(|value| (least..most).contains(value)), "{name}: {values:?}");
    }
}

fn one_year_series_have_a_value_for_every_day_of_the_horizon(service: &Service) {
    for days in [1, 30, 365, 3650] {
        let request =
            json!({"forecast_length_days": days, "output": ["1y_sector_roi", "1y_return_per_sector"]});
        let forecast = Forecast::of(service, DAILY, &request);
        assert_eq!(forecast.entries(), days);
        for name in ["1y_sector_roi", "1y_return_per_sector"] {
            assert!(forecast.complete(name).iter().all(|value| *value > 0.0), "{name} over {days} days");
        }
    }
}

fn one_year_series_have_a_value_for_every_day_of_the_history_too(service: &Service) {
    let request = json!({"forecast_length_days": 30, "output": "1y_return_per_sector"});
    let forecast = Forecast::of(service, WITH_HISTORY, &request);
    assert_eq!(forecast.complete("1y_return_per_sector").len(), service.network().days() + 30);
}

fn days_count_from_the_networks_first_day(service: &Service) {
    let forecast = Forecast::of(service, DAILY, &json!({"forecast_length_days": 10, "output": "days"}));
    let genesis = contract::calendar::Day::named(contract::calendar::NETWORK_START);
    let first = service.network().current() - genesis;
    let expected: Vec<i64> = (first..first + 10).collect();
    assert_eq!(forecast.output["days"], json!(expected), "whole numbers");
}
