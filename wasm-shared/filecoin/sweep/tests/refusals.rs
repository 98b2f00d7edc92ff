//! What is refused: every bad field at once, each with its place and what would be right.

#![allow(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "json!(..) is handed over as it is written; a test fails by panicking"
)]

mod common;

use common::{NETWORK, object};
use serde_json::{Value, json};
use sweep::{GoalRequest, Plan, Refusal, Request};

/// A request for a sweep that is right but for what is put into it.
fn with(changes: Value) -> Value {
    let mut sweep = json!({"grid": {"rr": [0.7, 0.8]}});
    for (name, value) in object(changes) {
        if NAMES.contains(&name.as_str()) {
            sweep.as_object_mut().unwrap().remove("grid");
        }
        sweep[name] = value;
    }
    sweep
}

const NAMES: [&str; 3] = ["grid", "draws", "bootstrap"];

fn refused(sweep: Value) -> Vec<Refusal> {
    match Request::parse(object(sweep.clone())) {
        Err(refused) => refused,
        Ok(request) => match Plan::new(&request, &NETWORK) {
            Err(refused) => refused,
            Ok(_) => panic!("taken: {sweep}"),
        },
    }
}

#[track_caller]
fn assert_refused(request: &Value, found: &[Refusal], pointer: &str, part: &str) {
    assert!(
        found.iter().any(|refusal| refusal.pointer == pointer && refusal.detail.contains(part)),
        "{request} should be refused at {pointer:?} with {part:?}, and was with {found:#?}"
    );
}

fn normal(name: &str, mean: f64, sd: f64) -> Value {
    json!({"draws": {"distributions": {name: {"normal": {"mean": mean, "sd": sd}}}}})
}

fn drawn(distribution: Value) -> Value {
    json!({"draws": {"distributions": {"rr": distribution}}})
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn each_bad_field_of_a_sweep_is_named_with_a_remedy() {
    let table = [
        // How the runs differ.
        (json!({"grid": null}), "", "give exactly one of grid, draws and bootstrap"),
        (json!({"grid": {"rr": [0.5]}, "draws": {}}), "/draws", "one too many"),
        (json!({"grid": [1]}), "/grid", "must be an object with lists"),
        (json!({"grid": {}}), "/grid", "is empty"),
        (json!({"grid": {"rpb": [1]}}), "/grid/rpb", "did you mean \"rbp\""),
        (json!({"grid": {"rr": 0.8}}), "/grid/rr", "belongs into assumptions"),
        (json!({"grid": {"rr": []}}), "/grid/rr", "at least one number"),
        (json!({"grid": {"rr": [0.5, 1.5]}}), "/grid/rr/1", "must be 0 to 1, but is 1.5"),
        (json!({"grid": {"rbp": [true]}}), "/grid/rbp/0", "must be a number (PiB/day), not a boolean"),
        (json!({"grid": {"rr": vec![0.5; 101], "rbp": vec![1; 100]}}), "/grid", "100 x 101 combinations"),
        (json!({"grid": {"rr": vec![0.5; 10_001]}}), "/grid/rr", "has 10001 values"),
        // Draws.
        (json!({"draws": 7}), "/draws", "must be an object with n, seed and distributions"),
        (json!({"draws": {}}), "/draws/distributions", "is missing"),
        (json!({"draws": {"distributions": {}}}), "/draws/distributions", "is empty"),
        (json!({"draws": {"n": 0, "distributions": {}}}), "/draws/n", "from 1 to 10000, but is 0"),
        (json!({"draws": {"n": 10_001, "distributions": {}}}), "/draws/n", "from 1 to 10000"),
        (json!({"draws": {"n": 2.5, "distributions": {}}}), "/draws/n", "a whole number"),
        (json!({"draws": {"seed": -1, "distributions": {}}}), "/draws/seed", "a whole number from 0"),
        (json!({"draws": {"seeds": 1, "distributions": {}}}), "/draws/seeds", "did you mean \"seed\""),
        (
            json!({"draws": {"distributions": {"fppr": {}}}}),
            "/draws/distributions/fppr",
            "did you mean \"fpr\"",
        ),
        (drawn(json!({})), "/draws/distributions/rr", "there are normal, lognormal, uniform, triangular"),
        (drawn(json!(0.8)), "/draws/distributions/rr", "must be one distribution by name"),
        (drawn(json!({"normall": {}})), "/draws/distributions/rr/normall", "did you mean \"normal\""),
        (drawn(json!({"normal": {"mean": 0.8}})), "/draws/distributions/rr/normal/sd", "is missing"),
        (
            drawn(json!({"normal": {"mean": 0.8, "sd": 0.1, "sdd": 1}})),
            "/draws/distributions/rr/normal/sdd",
            "\"sd\"",
        ),
        (drawn(json!({"normal": {}, "uniform": {}})), "/draws/distributions/rr/uniform", "is one too many"),
        (normal("rr", 0.8, 0.0), "/draws/distributions/rr/normal", "sd must be above 0"),
        (normal("rr", 0.8, -1.0), "/draws/distributions/rr/normal", "sd must be above 0"),
        (
            normal("rr", 7.0, 1.0),
            "/draws/distributions/rr/normal",
            "almost wholly outside what rr can be, 0 to 1",
        ),
        (normal("rr", 0.5, 1e6), "/draws/distributions/rr/normal", "almost wholly outside"),
        (
            drawn(json!({"lognormal": {"mu": -0.2, "sigma": 0.1}})),
            "/draws/distributions/rr/lognormal",
            "not by mu and sigma",
        ),
        (
            drawn(json!({"lognormal": {"mean": 0, "sd": 0.1}})),
            "/draws/distributions/rr/lognormal",
            "mean must be above 0",
        ),
        (
            drawn(json!({"uniform": {"low": 0.9, "high": 0.8}})),
            "/draws/distributions/rr/uniform",
            "low must be below high",
        ),
        (
            drawn(json!({"uniform": {"low": 0.9, "high": 1.8}})),
            "/draws/distributions/rr/uniform",
            "must be 0 to 1",
        ),
        (
            drawn(json!({"triangular": {"low": 0.1, "mode": 0.9, "high": 0.8}})),
            "/draws/distributions/rr/triangular",
            "mode must lie",
        ),
        // Bootstrap.
        (json!({"bootstrap": {"last_days": 1}}), "/bootstrap/last_days", "a whole number from 2"),
        (json!({"bootstrap": {"last_days": 30, "block_days": 31}}), "/bootstrap/block_days", "from 1 to 30"),
        (json!({"bootstrap": {"last_days": 400}}), "/bootstrap/last_days", "fpr is known for 180 days"),
        (json!({"bootstrap": {"blockdays": 3}}), "/bootstrap/blockdays", "did you mean \"block_days\""),
        // What all share.
        (json!({"assumptions": 3}), "/assumptions", "must be an object with assumptions"),
        (json!({"assumptions": {"rbp": -1}}), "/assumptions/rbp", "0 to 1000"),
        (json!({"assumptions": {"fpr": [0.1, 0.2]}}), "/assumptions/fpr", "365"),
        (json!({"assumptions": {"rr": 0.8}}), "/assumptions/rr", "is also varied by grid"),
        (
            json!({"assumptions": {"fpr": 0.8}, "bootstrap": {}}),
            "/assumptions/fpr",
            "is also varied by bootstrap",
        ),
        (
            json!({"assumptions": {"output": "circ_supply"}}),
            "/assumptions/output",
            "beside assumptions, at the top level",
        ),
        (
            json!({"assumptions": {"resolution": "daily"}}),
            "/assumptions/resolution",
            "beside assumptions, at the top level",
        ),
        (
            json!({"assumptions": {"forecast_length_days": 0}}),
            "/assumptions/forecast_length_days",
            "1 to 7300",
        ),
        // What is asked for.
        (json!({"output": "circ_suply"}), "/output", "did you mean \"circ_supply\""),
        (json!({"output": ["circ_supply", 7]}), "/output/1", "must be the name of a series, not a number"),
        (json!({"output": vec!["days"; 89]}), "/output", "a list of at most 88 names"),
        (json!({"output": {}}), "/output", "a list of at most 88 names"),
        (json!({"resolution": "hourly"}), "/resolution", "must be daily, weekly or monthly"),
        (json!({"name": 7}), "/name", "must be a text"),
        (json!({"label": "x".repeat(201)}), "/label", "more than 200 characters"),
        (json!({"trehsholds": []}), "/trehsholds", "did you mean \"thresholds\""),
        (json!({"thresholds": {}}), "/thresholds", "a list of at most 20"),
        (json!({"thresholds": [3]}), "/thresholds/0", "must be an object such as"),
        (json!({"thresholds": [{"above": 1}]}), "/thresholds/0/series", "is missing"),
        (json!({"thresholds": [{"series": "circ", "above": 1}]}), "/thresholds/0/series", "is not a series"),
        (
            json!({"thresholds": [{"series": "circ_supply"}]}),
            "/thresholds/0",
            "has neither: give either above or below",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "above": 1, "below": 2}]}),
            "/thresholds/0",
            "has both",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "above": "much"}]}),
            "/thresholds/0/above",
            "(FIL), not a text",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "above": 1, "by": "soon"}]}),
            "/thresholds/0/by",
            "a date such as",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "above": 1, "by": "2027-01-01"}]}),
            "/thresholds/0/by",
            "2025-09-01 to 2026-08-31",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "above": 1, "by": "2025-08-31"}]}),
            "/thresholds/0/by",
            "2025-09-01 to",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "above": 1, "when": "at end"}]}),
            "/thresholds/0/when",
            "\"at_end\"",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "above": 1, "when": "ever", "by": "2026-01-01"}]}),
            "/thresholds/0/when",
            "one of the two",
        ),
        (
            json!({"thresholds": [{"series": "circ_supply", "obove": 1}]}),
            "/thresholds/0/obove",
            "did you mean \"above\"",
        ),
    ];
    for (changes, pointer, part) in table {
        let sweep = with(changes);
        assert_refused(&sweep, &refused(sweep.clone()), pointer, part);
    }
}

#[test]
fn all_bad_fields_are_named_at_once() {
    let sweep = json!({"grid": {"rr": [2], "rbpp": [1]}, "assumptions": {"lock_target": 7}, "output": "x", "resolution": "y", "z": 1});
    let pointers: Vec<_> = refused(sweep).into_iter().map(|refusal| refusal.pointer).collect();
    for expected in ["/grid/rr/0", "/grid/rbpp", "/assumptions/lock_target", "/output", "/resolution", "/z"] {
        assert!(pointers.iter().any(|pointer| pointer == expected), "{expected} is missing in {pointers:?}");
    }
}

#[test]
fn a_hostile_request_is_answered_with_a_hundred_problems_at_most_and_its_names_cut() {
    let many: serde_json::Map<String, Value> =
        (0..5_000).map(|place| (format!("{place}"), json!([1]))).collect();
    assert_eq!(refused(json!({"grid": many})).len(), 100);
    let long = "~/".repeat(100_000);
    let refusal = refused(json!({"grid": {long: [1]}})).remove(0);
    assert!(
        refusal.pointer.len() < 300 && refusal.detail.len() < 600,
        "{} {}",
        refusal.pointer.len(),
        refusal.detail.len()
    );
    assert!(refusal.pointer.starts_with("/grid/~0~1"), "{}", refusal.pointer);
}

#[test]
fn null_is_not_given() {
    let sweep = json!({"grid": {"rr": [0.5], "rbp": null}, "draws": null, "assumptions": {"fpr": null}, "output": null,
                       "thresholds": null, "name": null});
    assert!(Request::parse(object(sweep)).is_ok());
    assert!(Request::parse(object(json!({"grid": {"rr": [0.5]}, "assumptions": null}))).is_ok());
}

#[test]
fn a_number_that_comes_as_text_is_taken_with_a_warning() {
    let findings = common::findings(&NETWORK, json!({"grid": {"rr": ["0.5"]}, "output": "circ_supply"}));
    assert_eq!(findings.warnings(), ["/grid/rr/0 came as text and was taken as the number 0.5."]);
    let assumed = json!({"rbp": "3.5", "fpr": 0.5, "forecast_length_days": "30"});
    let with_text = common::reply(&NETWORK, json!({"grid": {"rr": [0.5]}, "assumptions": assumed}));
    let without = json!({"rbp": 3.5, "fpr": 0.5, "forecast_length_days": 30});
    let without = common::reply(&NETWORK, json!({"grid": {"rr": [0.5]}, "assumptions": without}));
    assert_eq!(with_text["end_values"], without["end_values"]);
    assert_eq!(with_text["warnings"].as_array().unwrap().len(), 2, "{}", with_text["warnings"]);
    for text in ["inf", "NaN", "much", ""] {
        let sweep = json!({"grid": {"rr": [text]}});
        assert_refused(&sweep, &refused(sweep.clone()), "/grid/rr/0", "not a text");
    }
}

#[test]
fn a_sweep_beyond_the_bounds_of_memory_is_refused_before_it_begins() {
    let draws = json!({"n": 10_000, "distributions": {"rr": {"uniform": {"low": 0, "high": 1}}}});
    let large = json!({"draws": draws, "resolution": "daily", "assumptions": {"forecast_length_days": 1000}});
    assert_refused(&large, &refused(large.clone()), "/output", "20000000 values");
    let wide =
        json!({"grid": {"rr": [0.5]}, "resolution": "daily", "assumptions": {"forecast_length_days": 7300}});
    assert_refused(&wide, &refused(wide.clone()), "/output", "20000 percentiles");
    // The largest one that the issue names is taken.
    let year = json!({"draws": draws, "resolution": "daily"});
    let request = Request::parse(object(year)).unwrap();
    assert!(Plan::new(&request, &NETWORK).is_ok());
}

#[test]
fn each_bad_field_of_a_goal_is_named_with_a_remedy() {
    let good = json!({"find": "rr", "series": "circ_supply", "at_least": 1});
    let table = [
        (json!({"find": null}), "/find", "one of rbp, rr, fpr"),
        (json!({"find": "lock_target"}), "/find", "Known are: rbp, rr, fpr."),
        (json!({"find": 1}), "/find", "must be a text"),
        (json!({"series": null}), "/series", "is missing"),
        (json!({"series": "circ_suply"}), "/series", "did you mean \"circ_supply\""),
        (json!({"at_least": null}), "", "give either at_least or at_most"),
        (json!({"at_most": 2}), "", "has both"),
        (json!({"at_least": "x"}), "/at_least", "must be a number (FIL)"),
        (json!({"by": "2020-01-01"}), "/by", "must be a day of the forecast, 2025-09-01 to"),
        (json!({"by": "2099-01-01"}), "/by", "must be a day of the forecast"),
        (
            json!({"on": "2027-01-01", "assumptions": {"forecast_length_days": 10}}),
            "/on",
            "2025-09-01 to 2025-09-10",
        ),
        (json!({"by": "2026-01-01", "on": "2026-01-01"}), "/on", "one of the two"),
        (json!({"by": 7}), "/by", "must be a text"),
        (json!({"decimals": 7}), "/decimals", "from 0 to 6"),
        (json!({"assumptions": {"rr": 0.5}}), "/assumptions/rr", "is also varied by find"),
        (json!({"assumptions": {"rbp": "x"}}), "/assumptions/rbp", "number"),
        (json!({"by": "2025-12-01", "assumptions": {"rbp": [1, 2]}}), "/assumptions/rbp", "entries"),
        (json!({"seris": "x"}), "/seris", "did you mean \"series\""),
    ];
    for (changes, pointer, part) in table {
        let mut goal = good.clone();
        goal.as_object_mut().unwrap().extend(object(changes));
        let found = match GoalRequest::parse(object(goal.clone())) {
            Err(refused) => refused,
            Ok(request) => match request.seek(&NETWORK) {
                Err(refused) => refused,
                Ok(found) => panic!("taken: {goal}: {}", found.answer),
            },
        };
        assert_refused(&goal, &found, pointer, part);
    }
}
