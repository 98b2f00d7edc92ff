//! What a careful analyst would say, and when nothing is to be said.

use contract::{
    calendar::Day,
    cases,
    network::Network,
    scene::{Scene, Service},
    suite::Case,
};
use serde_json::{Value, json};

use crate::support::{DAILY, Forecast};

pub(crate) fn cases() -> Vec<Case> {
    [
        cases![Scene::Imported =>
            old_data_is_warned_of_with_its_age,
            a_horizon_past_the_known_expirations_is_warned_of,
            days_without_a_value_are_null_and_warned_of,
            a_sector_life_that_the_protocol_refuses_is_warned_of,
        ],
        cases![Scene::Bundled => forecasts_from_the_demonstration_network_say_so],
        cases![Scene::Operated =>
            fresh_data_and_ordinary_assumptions_have_no_warning,
            negative_power_is_warned_of_with_the_day,
        ],
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn warnings(service: &Service, request: &Value) -> Vec<String> {
    Forecast::of(service, DAILY, request).warnings
}

/// The warnings that speak of something.
fn of<'a>(warnings: &'a [String], words: &str) -> Vec<&'a String> {
    warnings.iter().filter(|text| text.to_lowercase().contains(words)).collect()
}

fn old_data_is_warned_of_with_its_age(service: &Service) {
    let before = Day::today();
    let warnings = warnings(service, &json!({"forecast_length_days": 30}));
    let after = Day::today();
    let current = service.network().current();
    let [old] = of(&warnings, "days old")[..] else { panic!("{warnings:?}") };
    let says = |day: Day| old.contains(&format!("{} days", day - current));
    assert!(says(before) || says(after), "{old}");
    assert!(old.contains(&current.to_string()), "{old}");
}

fn a_horizon_past_the_known_expirations_is_warned_of(service: &Service) {
    let known = service.network().column("rb_known_scheduled_expire_vec").len();
    let ask = |days: usize| warnings(service, &json!({"forecast_length_days": days, "output": "days"}));
    assert!(of(&ask(known), "known expirations").is_empty());
    let past = ask(known + 1);
    let [past] = of(&past, "known expirations")[..] else { panic!("{past:?}") };
    assert!(past.contains(&(service.network().current() + known as i64).to_string()), "{past}");
}

fn negative_power_is_warned_of_with_the_day(service: &Service) {
    // Twice as much expires as there is.
    let mut network = Network::made_up(Day::today() + -1, 400, 12);
    let expires = &mut network.document["offline_data"]["rb_known_scheduled_expire_vec"];
    *expires = json!(vec![30.0; 300]);
    let _ = service.import(&network).ok();
    let healthy = warnings(service, &json!({"forecast_length_days": 1200, "rbp": 100, "rr": 1}));
    assert!(of(&healthy, "negative").is_empty(), "{healthy:?}");
    // Under long sectors nothing renewed or onboarded expires again; with neither, all that is known expires.
    let request = json!({"forecast_length_days": 1275, "rbp": 0, "rr": 0});
    let collapse = Forecast::of(service, DAILY, &request);
    let power = collapse.complete("rb_total_power_eib");
    let day = power.iter().position(|eib| *eib < 0.0).unwrap_or_else(|| panic!("power stays: {power:?}"));
    let warnings = of(&collapse.warnings, "raw byte power becomes negative");
    let [warning] = warnings[..] else { panic!("{:?}", collapse.warnings) };
    assert!(warning.contains(&(network.current() + day as i64).to_string()), "{warning}, day {day}");
}

fn days_without_a_value_are_null_and_warned_of(service: &Service) {
    let request =
        json!({"forecast_length_days": 30, "rbp": 0, "output": ["day_pledge_per_QAP", "circ_supply"]});
    let forecast = Forecast::of(service, DAILY, &request);
    let pledge = forecast.series("day_pledge_per_QAP");
    assert!(pledge[0].is_some() && pledge[1..].iter().all(Option::is_none), "{pledge:?}");
    let warnings = of(&forecast.warnings, "null");
    let [warning] = warnings[..] else { panic!("{:?}", forecast.warnings) };
    assert!(warning.contains("day_pledge_per_QAP") && !warning.contains("circ_supply"), "{warning}");
}

fn a_sector_life_that_the_protocol_refuses_is_warned_of(service: &Service) {
    for (days, warned) in [(179, true), (180, false), (1278, false), (1279, true)] {
        let request = json!({"forecast_length_days": 30, "sector_duration_days": days, "output": "days"});
        let warnings = warnings(service, &request);
        assert_eq!(!of(&warnings, "sector duration").is_empty(), warned, "{days}: {warnings:?}");
    }
}

fn forecasts_from_the_demonstration_network_say_so(service: &Service) {
    let forecast = Forecast::of(service, DAILY, &json!({"forecast_length_days": 30}));
    assert_eq!(of(&forecast.warnings, "bundled-demo").len(), 1, "{:?}", forecast.warnings);
    assert_eq!(forecast.input["data_source"], "bundled-demo");
}

fn fresh_data_and_ordinary_assumptions_have_no_warning(service: &Service) {
    crate::support::not_at_midnight();
    let request = json!({"forecast_length_days": 30, "rbp": 3});
    for (age, warned) in [(0, false), (7, false), (8, true)] {
        let _ = service.import(&Network::made_up(Day::today() + -age, 400, 11)).ok();
        let warnings = warnings(service, &request);
        assert_eq!(!warnings.is_empty(), warned, "{age} days old: {warnings:?}");
    }
}
