//! What was known on a past day, and nothing that came after.

use economy::Series;
use hindcast::{Drive, Engine, Evidence, HORIZONS, JUDGED, Origin, Truth, hindcast, origins, settles_after};
use network_data::{FilplusRate, Snapshot, demo};

/// Days after which the schedule of the past is taken from the level before, not from what fell due.
const KNOWN_AHEAD: usize = 180;

#[test]
fn a_forecast_of_the_past_knows_nothing_of_what_came_later() {
    let network = demo::snapshot().unwrap();
    let day = 400;
    let mut data = network.clone().into_data();
    for values in [
        &mut data.historical_onboarded_rb_power_pib,
        &mut data.historical_onboarded_qa_power_pib,
        &mut data.historical_renewed_rb_power_pib,
        &mut data.historical_renewed_qa_power_pib,
    ] {
        values[day + KNOWN_AHEAD..].iter_mut().for_each(|value| *value *= 1.5);
    }
    for values in [&mut data.historical_raw_power_eib, &mut data.historical_qa_power_eib] {
        values[day + 1..].iter_mut().for_each(|value| *value *= 1.2);
    }
    data.historical_renewal_rate[day + KNOWN_AHEAD..].iter_mut().for_each(|rate| *rate *= 0.9);
    let other = Snapshot::new(data).unwrap();
    assert_ne!(network, other);
    assert_eq!(Origin::new(&network, day).unwrap().known(), Origin::new(&other, day).unwrap().known());
}

#[test]
fn as_of_the_last_day_the_past_is_the_network_itself() {
    let network = demo::snapshot().unwrap();
    let today = Origin::new(&network, network.historical_days()).unwrap();
    let (known, now) = (today.known().data(), network.data());
    assert_eq!(known.current_date, now.current_date);
    assert_eq!(known.historical_raw_power_eib, now.historical_raw_power_eib);
    assert_eq!(known.historical_renewal_rate, now.historical_renewal_rate);
    assert_eq!(known.burnt_fil_vec, now.burnt_fil_vec);
    assert_eq!(
        (today.known().smoothed().raw_byte_power, today.known().smoothed().renewal_rate),
        (network.smoothed().raw_byte_power, network.smoothed().renewal_rate)
    );
    assert!(matches!(known.filplus_rate, FilplusRate::Daily(_)));
}

#[test]
fn a_day_that_the_history_does_not_have_is_refused() {
    let network = demo::snapshot().unwrap();
    for day in [0, network.historical_days() + 1] {
        assert!(Origin::new(&network, day).is_err(), "{day}");
    }
}

#[test]
fn no_forecast_is_judged_before_its_time_has_come() {
    let network = demo::snapshot().unwrap();
    let truth = Truth::of(&network, &Engine).unwrap();
    let days = network.historical_days();
    for drive in Drive::ALL {
        let misses = hindcast(&network, &truth, drive, &Engine).unwrap();
        for miss in &misses {
            let settled = miss.origin + settles_after(miss.series, miss.horizon);
            assert!(settled <= days, "{} of day {} settles on {settled}", miss.series.name(), miss.origin);
        }
        // Every series is judged at every horizon that the history has room for.
        for series in JUDGED {
            for horizon in HORIZONS {
                let room = origins(days).any(|day| day + settles_after(series, horizon) < days);
                let judged = misses.iter().any(|miss| miss.series == series && miss.horizon == horizon);
                assert_eq!(judged, room, "{} {horizon} {}", series.name(), drive.name());
            }
        }
    }
}

#[test]
fn a_series_that_the_source_reports_is_judged_by_the_report() {
    let network = demo::snapshot().unwrap();
    let truth = Truth::of(&network, &Engine).unwrap();
    assert_eq!(truth.evidence(Series::RbTotalPowerEib), Evidence::Reported);
    assert_eq!(truth.evidence(Series::CircSupply), Evidence::Recomputed);

    let days = network.historical_days();
    let mut data = network.into_data();
    let (first, step) = (data.circ_supply_zero, 250_000.0);
    data.circ_supply_vec = Some((0..=days).map(|day| first + step * day as f64).collect());
    let network = Snapshot::new(data).unwrap();
    let truth = Truth::of(&network, &Engine).unwrap();
    assert_eq!(truth.evidence(Series::CircSupply), Evidence::Reported);
    assert_eq!(truth.on(Series::CircSupply, 100), Some(first + step * 100.0));
}
