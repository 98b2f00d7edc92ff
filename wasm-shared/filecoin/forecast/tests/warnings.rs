//! What a careful analyst says of a forecast, and when there is nothing to say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use chrono::Days;
use common::{ask, ask_daily, ask_on, series, snapshot, usual, warnings};
use economy::Series;
use forecast::Scope;
use network_data::{BUNDLED_SOURCE, FilplusRate, Snapshot, SnapshotData, calendar::Resolution};
use serde_json::{Value, json};

/// The one warning that speaks of something.
#[track_caller]
fn only<'a>(reply: &'a Value, words: &str) -> &'a str {
    let all = warnings(reply);
    let found: Vec<_> = all.iter().filter(|text| text.contains(words)).collect();
    let [only] = &found[..] else { panic!("{words:?} in {all:?}") };
    only
}

#[track_caller]
fn none(reply: &Value, words: &str) {
    assert!(!warnings(reply).iter().any(|text| text.contains(words)), "{words:?} in {:?}", warnings(reply));
}

fn changed(change: impl FnOnce(&mut SnapshotData)) -> Snapshot {
    let mut data = usual();
    change(&mut data);
    snapshot(data)
}

/// The date of an entry of a daily forecast.
fn date(snapshot: &Snapshot, entry: usize) -> String {
    (snapshot.current_date() + Days::new(entry as u64)).to_string()
}

#[test]
fn an_ordinary_forecast_from_fresh_data_has_no_warning() {
    let snapshot = snapshot(usual());
    for scope in [Scope::Forecast, Scope::WithHistory] {
        for resolution in Resolution::ALL {
            let reply = ask(&snapshot, &json!({"forecast_length_days": 250}), scope, resolution);
            assert_eq!(warnings(&reply), Vec::<&str>::new());
        }
    }
}

#[test]
fn the_demonstration_network_is_never_taken_for_the_real_one() {
    let demo = network_data::demo::snapshot().unwrap();
    assert!(only(&ask_daily(&demo, &json!({})), "bundled-demo").contains("Load real data"));
    let named = changed(|data| data.source = "bundled".to_owned());
    none(&ask_daily(&named, &json!({})), BUNDLED_SOURCE);
}

#[test]
fn data_is_old_after_seven_days() {
    let snapshot = snapshot(usual());
    let ask = |age: u64| {
        let today = snapshot.current_date() + Days::new(age);
        let request = json!({"forecast_length_days": 30});
        ask_on(today, &snapshot, &request, Scope::Forecast, Resolution::Daily)
    };
    none(&ask(0), "days old");
    none(&ask(7), "days old");
    let old = ask(8);
    let warning = only(&old, "8 days old");
    assert!(warning.contains("2025-09-09"), "{warning}");
}

#[test]
fn a_horizon_past_what_is_known_to_expire_says_where_knowledge_ends() {
    // Expirations are known for 300 days, pledge releases for 250 from the current date.
    let snapshot = snapshot(usual());
    let ask = |days: usize| ask_daily(&snapshot, &json!({"forecast_length_days": days, "output": "days"}));
    none(&ask(300), "known expirations");
    assert!(only(&ask(301), "known expirations").contains(&date(&snapshot, 300)));
    none(&ask(250), "known pledge releases");
    assert!(only(&ask(251), "known pledge releases").contains(&date(&snapshot, 250)));
}

#[test]
fn the_shorter_of_the_two_lists_of_expirations_counts() {
    let snapshot = changed(|data| data.qa_known_scheduled_expire_vec.truncate(100));
    let reply = ask_daily(&snapshot, &json!({"forecast_length_days": 101, "output": "days"}));
    assert!(only(&reply, "known expirations").contains(&date(&snapshot, 100)));
}

#[test]
fn without_any_known_release_the_current_date_is_where_knowledge_ends() {
    let snapshot = changed(|data| data.known_scheduled_pledge_release_full_vec.clear());
    let reply = ask_daily(&snapshot, &json!({"forecast_length_days": 1, "output": "days"}));
    assert!(only(&reply, "known pledge releases").contains("2025-09-09"));
}

#[test]
fn a_sector_life_that_the_protocol_refuses_is_computed_and_said() {
    let snapshot = snapshot(usual());
    for (days, said) in [(1, true), (179, true), (180, false), (540, false), (1278, false), (1279, true)] {
        let request = json!({"forecast_length_days": 30, "sector_duration_days": days, "output": "days"});
        let reply = ask_daily(&snapshot, &request);
        assert_eq!(warnings(&reply).iter().any(|text| text.contains("180 to 1278 days")), said, "{days}");
    }
}

/// Nobody onboards or renews, so all that is known to expire is lost.
fn collapse() -> Value {
    json!({"forecast_length_days": 250, "rbp": 0, "rr": 0})
}

#[test]
fn power_below_zero_is_said_with_its_first_day() {
    let snapshot = changed(|data| data.rb_known_scheduled_expire_vec.iter_mut().for_each(|pib| *pib *= 3.0));
    let reply = ask_daily(&snapshot, &collapse());
    let first = series(&reply, Series::RbTotalPowerEib).iter().position(|eib| *eib < 0.0).unwrap();
    assert!(only(&reply, "Raw byte power becomes negative").contains(&date(&snapshot, first)));
    none(&reply, "Quality-adjusted power becomes negative");
    let healthy = ask_daily(&snapshot, &json!({"forecast_length_days": 250, "rr": 1}));
    none(&healthy, "negative");
    let before = ask_daily(&snapshot, &json!({"forecast_length_days": first, "rbp": 0, "rr": 0}));
    none(&before, "negative");
}

#[test]
fn quality_adjusted_power_below_zero_is_said_where_raw_power_is_not() {
    let snapshot = changed(|data| data.qa_known_scheduled_expire_vec.iter_mut().for_each(|pib| *pib *= 1.8));
    let reply = ask_daily(&snapshot, &collapse());
    let first = series(&reply, Series::QaTotalPowerEib).iter().position(|eib| *eib < 0.0).unwrap();
    assert!(only(&reply, "Quality-adjusted power becomes negative").contains(&date(&snapshot, first)));
    none(&reply, "Raw byte power becomes negative");
}

#[test]
fn power_that_is_negative_past_the_horizon_only_is_not_said() {
    // The one-year series make the model look 364 days further.
    let snapshot = changed(|data| data.rb_known_scheduled_expire_vec.iter_mut().for_each(|pib| *pib *= 3.0));
    let request = json!({"forecast_length_days": 10, "rbp": 0, "rr": 0});
    none(&ask_daily(&snapshot, &request), "negative");
}

#[test]
fn a_supply_at_the_floor_is_said_with_its_first_day() {
    let snapshot = snapshot(usual());
    let ask = |days: usize| {
        ask_daily(
            &snapshot,
            &json!({"forecast_length_days": days, "daily_burnt_fil": 50e6, "output": ["circ_supply"]}),
        )
    };
    let reply = ask(60);
    let first = series(&reply, Series::CircSupply).iter().position(|fil| *fil == 0.0).unwrap();
    assert!(first > 1);
    assert!(only(&reply, "floor of zero").contains(&date(&snapshot, first)));
    none(&ask(first), "floor of zero");
}

#[test]
fn a_floor_that_is_reached_past_the_horizon_only_is_not_said() {
    let snapshot = snapshot(usual());
    let request = json!({"forecast_length_days": 2, "daily_burnt_fil": 50e6});
    none(&ask_daily(&snapshot, &request), "floor of zero");
    let longer = common::model(&snapshot, 366, |assumptions| assumptions.daily_burnt_fil = Some(50e6.into()));
    assert!(longer.first_floored_supply().is_some(), "the model did look that far");
}

#[test]
fn days_without_a_value_are_said_for_the_series_that_lack_them() {
    let snapshot = snapshot(usual());
    let names = json!(["day_pledge_per_QAP", "circ_supply"]);
    let reply = ask_daily(&snapshot, &json!({"forecast_length_days": 30, "rbp": 0, "output": names}));
    let warning = only(&reply, "(null)");
    assert!(warning.contains("day_pledge_per_QAP") && !warning.contains("circ_supply"), "{warning}");
    none(&ask_daily(&snapshot, &json!({"forecast_length_days": 30, "output": names})), "(null)");
}

#[test]
fn a_day_without_a_value_that_the_reply_does_not_show_is_not_said() {
    let snapshot = snapshot(usual());
    // 2025-09-09 is a Tuesday: nothing is onboarded on the Thursday.
    let mut rbp = vec![3.0; 30];
    rbp[1] = 0.0;
    let request = json!({"forecast_length_days": 30, "rbp": rbp, "output": "day_pledge_per_QAP"});
    let weekly = ask(&snapshot, &request, Scope::Forecast, Resolution::Weekly);
    none(&weekly, "(null)");
    only(&ask_daily(&snapshot, &request), "(null)");
}

#[test]
fn a_day_without_a_value_in_the_history_is_said_where_the_history_is_shown() {
    let snapshot = changed(|data| {
        data.historical_onboarded_rb_power_pib[20] = 0.0;
        data.historical_onboarded_qa_power_pib[20] = 0.0;
    });
    let request = json!({"forecast_length_days": 30, "output": "day_pledge_per_QAP"});
    none(&ask_daily(&snapshot, &request), "(null)");
    only(&ask(&snapshot, &request, Scope::WithHistory, Resolution::Daily), "(null)");
}

#[test]
fn a_horizon_without_a_day_of_the_resolution_says_what_to_ask_for() {
    let snapshot = snapshot(usual());
    let request = json!({"forecast_length_days": 6, "resolution": "weekly"});
    let weekly = ask(&snapshot, &request, Scope::Forecast, Resolution::Weekly);
    assert!(only(&weekly, "no day of the weekly resolution").contains("resolution daily"));
    none(&ask_daily(&snapshot, &json!({"forecast_length_days": 6})), "no day of");
}

#[test]
fn a_median_that_no_request_could_give_is_said_until_a_value_is_given() {
    let snapshot = changed(|data| data.filplus_rate = FilplusRate::Median(1.1));
    let left_out = ask_daily(&snapshot, &json!({"forecast_length_days": 30}));
    assert_eq!(left_out["input"]["filplus_rate"], 1.1);
    let warning = only(&left_out, "fpr was left out");
    assert!(warning.contains("1.1") && warning.contains("0 to 1"), "{warning}");
    none(&ask_daily(&snapshot, &json!({"forecast_length_days": 30, "fpr": 1})), "was left out");
}
