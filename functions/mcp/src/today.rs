//! What the tools say of their arguments: meaning, range, today's default, typical values, and the mistakes to avoid.

use economy::constants::BASELINE_GROWTH_PER_DAY;
use forecast::{CONTROLS, ControlInfo};
use network_data::Snapshot;
use serde_json::{Map, Value, json};

use crate::{metrics, request::RESOLUTION, response::six_digits};

/// The network's figures that a reader wants first, and the defaults of a forecast, as lines of Markdown.
pub(crate) fn figures(snapshot: Option<&Snapshot>) -> String {
    let Some(snapshot) = snapshot else {
        return "No network data has been loaded yet, so there are no figures and no forecasts.".to_owned();
    };
    let (lock_ratio, lock_date) = snapshot.lock_ratio();
    let newest = |column: &Option<Vec<f64>>| column.as_ref().and_then(|column| column.last()).copied();
    let data = snapshot.data();
    let lines = [
        ("Raw byte power", Some(snapshot.rb_power_zero() / 1024.0), "EiB".to_owned()),
        ("Quality-adjusted power", Some(snapshot.qa_power_zero() / 1024.0), "EiB".to_owned()),
        ("Baseline (computed; not in the history)", Some(baseline(snapshot)), "EiB".to_owned()),
        (
            "Onboarding, median of 30 days (default of rbp)",
            Some(snapshot.smoothed().raw_byte_power),
            "PiB/day of raw byte power".to_owned(),
        ),
        (
            "Renewal rate, median of 30 days (default of rr)",
            Some(snapshot.smoothed().renewal_rate),
            String::new(),
        ),
        (
            "FIL+ rate, median of 30 days (default of fpr)",
            Some(snapshot.smoothed().filplus_rate),
            String::new(),
        ),
        (
            "Burnt, mean of the history (default of daily_burnt_fil)",
            Some(snapshot.daily_burnt_fil()),
            "FIL/day".to_owned(),
        ),
        ("Circulating supply", newest(&data.circ_supply_vec), "FIL".to_owned()),
        ("Locked", newest(&data.locked_fil_vec), "FIL".to_owned()),
        ("Locked over circulating", Some(lock_ratio), format!("on {lock_date}")),
    ];
    let lines = lines.into_iter().filter_map(|(what, value, unit)| {
        Some(format!("- {what}: {} {unit}", six_digits(value?)).trim_end().to_owned())
    });
    format!(
        "Current date of the data: {} (source: {}; histories from {}). A forecast starts on that date.\n{}",
        snapshot.current_date(),
        snapshot.source(),
        snapshot.start_date(),
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// The protocol's baseline on the current date, EiB.
fn baseline(snapshot: &Snapshot) -> f64 {
    let days = snapshot.historical_days() as f64;
    snapshot.data().init_baseline_eib * (BASELINE_GROWTH_PER_DAY * days).exp()
}

/// What an assumption is, in a few sentences.
pub(crate) fn about(info: &ControlInfo, snapshot: Option<&Snapshot>) -> String {
    let default = snapshot.and_then(|snapshot| {
        today(info.name, snapshot)
            .map(|today| format!("{} ({today} as of {})", info.default, snapshot.current_date()))
    });
    let default = default.unwrap_or_else(|| info.default.to_owned());
    let history = snapshot.and_then(|snapshot| history(info, snapshot)).unwrap_or_default();
    format!("{} Range: {}. Default: {default}.{history} {}", info.meaning, info.range(), advice(info.name))
}

/// The same in a line, for a list where `simulate` has explained it before.
fn reminder(argument: &str, snapshot: Option<&Snapshot>) -> String {
    let today = snapshot.and_then(|snapshot| today(argument, snapshot)).map(|today| format!("today {today}"));
    match (control(argument), argument) {
        (Some(info), _) => {
            format!("{}; {}", info.unit, today.unwrap_or_else(|| format!("default {}", info.default)))
        }
        (None, "baseline_eib") => {
            format!("EiB, a list; {}", today.unwrap_or_else(|| "doubles every year".to_owned()))
        }
        (None, "sector_duration_days") => "days; the protocol allows 180 to 1278".to_owned(),
        (None, "gamma_weight_type") => "how gamma weights the pledge".to_owned(),
        (None, "use_available_supply") => "pledge by available supply".to_owned(),
        (None, _) => String::new(),
    }
}

fn control(argument: &str) -> Option<&'static ControlInfo> {
    CONTROLS.iter().find(|info| info.name == argument)
}

/// Today's default, where it comes from the network's data.
fn today(argument: &str, snapshot: &Snapshot) -> Option<f64> {
    let value = match argument {
        "rbp" => snapshot.smoothed().raw_byte_power,
        "rr" => snapshot.smoothed().renewal_rate,
        "fpr" => snapshot.smoothed().filplus_rate,
        "daily_burnt_fil" => snapshot.daily_burnt_fil(),
        "baseline_eib" => baseline(snapshot),
        _ => return None,
    };
    Some(six_digits(value))
}

/// What an assumption was over the history on nine days of ten.
fn history(info: &ControlInfo, snapshot: &Snapshot) -> Option<String> {
    let mut days = match info.name {
        "rbp" => snapshot.data().historical_onboarded_rb_power_pib.clone(),
        "rr" => snapshot.data().historical_renewal_rate.clone(),
        _ => return None,
    };
    days.sort_by(f64::total_cmp);
    let at = |share: f64| days.get((days.len().saturating_sub(1) as f64 * share) as usize).copied();
    Some(format!(
        " Since {} it was {:.2} to {:.2} on nine days of ten.",
        snapshot.start_date(),
        at(0.05)?,
        at(0.95)?
    ))
}

/// Typical values and mistakes, where the meaning, the range and the default do not say enough.
fn advice(argument: &str) -> &'static str {
    match argument {
        "rbp" => "2.0 is cautious, 6.0 is strong growth. Not the network's total power.",
        "rr" => "0.7 is high churn, 0.9 high retention. Give 0.85 for 85 %.",
        "fpr" => {
            "0.5 is mixed, 0.95 nearly all verified. Give 0.9 for 90 %. It applies to newly onboarded power only."
        }
        "lock_target" => {
            "0.2 to 0.4 are usual what-ifs. It is a protocol parameter, not the share that is locked today."
        }
        "gamma" => "1 is the rule before FIP-0081. Leave it out unless the question is about that.",
        "fil_plus_multiplier" => "1 removes the advantage of verified deals.",
        "qa_renewal_multiplier" => {
            "0.5 halves it. Leave it out unless the question is about what renewed sectors keep."
        }
        "daily_burnt_fil" => "0 is no burning. Leave it out unless the question is about burning.",
        "sector_duration_days" => "180, 360 and 540 are usual.",
        "gamma_weight_type" => {
            "The protocol's is arithmetic, which gives the largest pledge; harmonic gives the smallest. Leave it out unless the \
             question is about FIP-0081."
        }
        "use_available_supply" => {
            "Available supply has the locked FIL too, so true makes the pledge larger. The protocol's is false."
        }
        "baseline_eib" => "The protocol's doubles every year; a usual what-if is one that stays at today's.",
        _ => "",
    }
}

/// The arguments of `simulate`, with today's defaults.
pub(crate) fn simulate_schema(snapshot: Option<&Snapshot>) -> Map<String, Value> {
    let mut properties = request_properties();
    for (name, property) in &mut properties {
        let told = if let Some(info) = control(name) {
            about(info, snapshot)
        } else {
            let today = snapshot.and_then(|snapshot| today(name, snapshot));
            let today = today.map_or_else(String::new, |today| format!(" Today {today}."));
            format!("{}{today} {}", property["description"].as_str().unwrap_or_default(), advice(name))
        };
        property["description"] = told.trim_end().into();
    }
    properties.insert("requested_metrics".to_owned(), requested_metrics());
    object(properties, &[])
}

/// The arguments of `compare_scenarios`: each scenario has the assumptions, what is common stands once.
pub(crate) fn compare_schema(snapshot: Option<&Snapshot>) -> Map<String, Value> {
    let (mut common, mut scenario): (Map<_, _>, Map<_, _>) =
        request_properties().into_iter().partition(|(name, _)| COMMON.contains(&name.as_str()));
    for (name, property) in &mut scenario {
        // simulate explains them: the list of tools is long enough.
        property["description"] = reminder(name, snapshot).into();
        for (place, member) in [("", "examples"), ("/oneOf/1", "description")] {
            if let Some(place) = property.pointer_mut(place).and_then(Value::as_object_mut) {
                place.remove(member);
            }
        }
    }
    scenario.insert(
        "name".to_owned(),
        json!({"type": "string", "description": "What to call it in the answer."}),
    );
    // The names are listed once, with simulate.
    let mut requested = requested_metrics();
    requested["items"] = json!({"type": "string"});
    requested["description"] = "The series to compare, as simulate has them; the fewer the better.".into();
    common.insert("requested_metrics".to_owned(), requested);
    common.insert(
        "scenarios".to_owned(),
        json!({
            "type": "array", "minItems": 2, "maxItems": crate::tools::MOST_SCENARIOS, "items": object(scenario, &["name"]),
            "description": "The first is what the others are measured against. Each is a name and the assumptions of simulate \
                in which it differs from today's defaults; a name alone is today's defaults. A list has one value a \
                day, exactly forecast_length_days of them.",
            "examples": [[{"name": "as today"}, {"name": "onboarding 6 PiB/day", "rbp": 6.0}]],
        }),
    );
    object(common, &["scenarios"])
}

/// What all scenarios have in common, since they stand side by side.
pub(crate) const COMMON: [&str; 2] = ["forecast_length_days", "resolution"];

/// The fields of `POST /simulate` as properties, less the one that is called `requested_metrics` here.
fn request_properties() -> Map<String, Value> {
    let Value::Object(mut schema) = forecast::request_schema() else { return Map::new() };
    let Some(Value::Object(mut properties)) = schema.remove("properties") else { return Map::new() };
    properties.remove("output");
    if let Some(length) = properties.get_mut("forecast_length_days") {
        length["description"] = "The horizon in days, the data's current date included. Always set it to what was asked: \
            90 for a quarter, 365 for a year, 730 for two; the default of ten years is long. Vectors have exactly this many entries."
            .into();
    }
    if let Some(resolution) = properties.get_mut("resolution") {
        resolution["default"] = RESOLUTION.name().into();
        resolution["description"] =
            "Every Monday (default), every day, or the first day of every month (best beyond three years)."
                .into();
    }
    properties
}

fn requested_metrics() -> Value {
    let names: Vec<_> = metrics::names().collect();
    json!({
        "type": "array", "items": {"type": "string", "enum": names}, "minItems": 1, "default": ["1y_sector_roi"],
        "description": "The series to return; few at a time keep the answer short. fetch_context explains each. Often wanted: \
            network_RBP_EIB, network_QAP_EIB, network_baseline_EIB, day_network_reward, circ_supply, network_locked, \
            day_pledge_per_QAP, 1y_return_per_sector, 1y_sector_roi.",
    })
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), "object".into()),
        ("properties".to_owned(), properties.into()),
        ("required".to_owned(), required.into()),
        ("additionalProperties".to_owned(), false.into()),
    ])
}
