//! Today's figures of the network, as a reader of the guide wants them first.

use network_data::Snapshot;

use crate::response::six_digits;

/// The network's figures that a reader wants first, and the defaults of a forecast, as lines of Markdown.
pub(crate) fn today(snapshot: Option<&Snapshot>) -> String {
    let Some(snapshot) = snapshot else {
        return "No network data has been loaded yet, so there are no figures and no forecasts.".to_owned();
    };
    let newest = |column: &Option<Vec<f64>>| column.as_ref().and_then(|column| column.last()).copied();
    let data = snapshot.data();
    let lines = [
        ("Raw byte power", Some(snapshot.rb_power_zero() / 1024.0), "EiB".to_owned()),
        ("Quality-adjusted power", Some(snapshot.qa_power_zero() / 1024.0), "EiB".to_owned()),
        ("Baseline (computed; not in the history)", Some(snapshot.baseline_eib()), "EiB".to_owned()),
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
        ("Locked over circulating", snapshot.lock_ratio(), String::new()),
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
