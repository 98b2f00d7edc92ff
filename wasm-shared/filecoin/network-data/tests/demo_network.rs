//! The bundled demonstration network: deterministic, valid, and enough like Filecoin to show what the product does.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and tells what it measured"
)]

mod common;

use chrono::{Days, NaiveDate};
use common::{day, reference, same_to_the_bit};
use economy::{Assumptions, Control, Forecast, Series, defaults, fip0081, forecast};
use network_data::{BUNDLED_SOURCE, FilplusRate, Snapshot, demo};

const YEAR: u64 = 365;

/// The series that a newcomer looks at first.
const MAIN: [Series; 8] = [
    Series::NetworkRbpEib,
    Series::NetworkQapEib,
    Series::NetworkBaselineEib,
    Series::DayNetworkReward,
    Series::CircSupply,
    Series::NetworkLocked,
    Series::DayPledgePerQap,
    Series::OneYearSectorRoi,
];

/// The forecast that the product gives without any assumption: ten years, and two more: for what looks a year ahead, and
/// because the two networks end on different days.
fn default_forecast(snapshot: &Snapshot) -> Forecast {
    let history = snapshot.history();
    let days = defaults::FORECAST_DAYS + 2 * YEAR as usize;
    let gamma = fip0081::schedule(history.start_day, history.days() + days);
    let smoothed = snapshot.smoothed();
    let assumptions = Assumptions::protocol(
        history.days(),
        days,
        Control::Constant(smoothed.raw_byte_power),
        Control::Constant(smoothed.renewal_rate),
        Control::Constant(smoothed.filplus_rate),
        &gamma,
    );
    forecast(&history, &assumptions).unwrap()
}

fn on(forecast: &Forecast, snapshot: &Snapshot, series: Series, date: NaiveDate) -> f64 {
    forecast.series(series)[(date - snapshot.start_date()).num_days() as usize]
}

#[test]
fn it_is_the_same_network_every_time_and_marked_as_what_it_is() {
    let network = demo::snapshot().unwrap();
    assert!(same_to_the_bit(&network, &demo::snapshot().unwrap()));
    assert_eq!(network.source(), BUNDLED_SOURCE);
    assert_eq!(network.source(), "bundled-demo");
    assert_eq!(Snapshot::from_json(&network.to_json()).unwrap(), network);
    assert_eq!(Snapshot::from_wire(&network.to_wire()).unwrap(), network);
}

#[test]
fn its_days_run_on_smoothly_from_the_monthly_figures() {
    let network = demo::snapshot().unwrap();
    assert_eq!((network.start_date(), network.current_date()), (day("2022-10-10"), day("2025-09-01")));
    let figures = network.data();
    for power in [&figures.historical_raw_power_eib, &figures.historical_qa_power_eib] {
        assert!(
            power.windows(2).all(|days| (days[1] / days[0] - 1.0).abs() < 0.01),
            "no day changes power by a hundredth"
        );
    }
    let FilplusRate::Daily(filplus) = &figures.filplus_rate else { panic!("the table has daily rates") };
    assert_eq!(filplus.len(), 181);
    assert!(figures.rb_known_scheduled_expire_vec.len() > 1200);
}

#[test]
fn its_default_forecast_is_like_the_real_networks() {
    let Some(json) = reference("snapshot.json.gz") else { return };
    let real = Snapshot::from_json(&json).unwrap();
    let demo = demo::snapshot().unwrap();
    let (real_forecast, demo_forecast) = (default_forecast(&real), default_forecast(&demo));
    assert_eq!(demo_forecast.first_negative_power(), None);

    let years = [0, 1, 3, 5, 10];
    println!("bundled-demo against the real network, default forecast, by calendar date");
    print!("{:<24}", "series");
    for year in years {
        print!("{:>31}", format!("after {year} years"));
    }
    println!();
    let mut worst = 0.0_f64;
    for series in MAIN {
        print!("{:<24}", series.name());
        for year in years {
            let date = demo.current_date().max(real.current_date()) + Days::new(year * YEAR);
            let ours = on(&demo_forecast, &demo, series, date);
            let theirs = on(&real_forecast, &real, series, date);
            let difference = ours / theirs - 1.0;
            print!("{:>31}", format!("{ours:.3e} / {theirs:.3e} {:+.1} %", 100.0 * difference));
            worst = worst.max(difference.abs());
        }
        println!();
    }
    println!("largest difference: {:.1} %", 100.0 * worst);
    assert!(
        worst < 0.05,
        "the demonstration network has drifted from the real one by {:.1} %",
        100.0 * worst
    );
}
