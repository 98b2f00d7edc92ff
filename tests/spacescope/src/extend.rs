use chrono::NaiveDate;
use network_data::SnapshotData;

/// The snapshot with days made up after its own, through `date`: power goes on as it is, flows and rates repeat those of a
/// year earlier, burnt FIL its mean. For a clock that is past the data; no forecast of anything.
#[must_use]
pub fn extended_to(mut data: SnapshotData, date: NaiveDate) -> SnapshotData {
    let Ok(days) = usize::try_from((date - data.current_date).num_days()) else { return data };
    let burnt_a_day = {
        let burnt = &data.burnt_fil_vec;
        (burnt[burnt.len() - 1] - burnt[0]) / (burnt.len() - 1) as f64
    };
    let step = |a_day: f64| move |values: &mut Vec<f64>| values.push(values[values.len() - 1] + a_day);
    let repeat = |values: &mut Vec<f64>| values.push(values[values.len().saturating_sub(365)]);
    for _ in 0..days {
        for values in [&mut data.historical_raw_power_eib, &mut data.historical_qa_power_eib] {
            step(0.0)(values);
        }
        for values in [
            &mut data.historical_onboarded_rb_power_pib,
            &mut data.historical_onboarded_qa_power_pib,
            &mut data.historical_renewed_qa_power_pib,
            &mut data.historical_renewed_rb_power_pib,
            &mut data.historical_renewal_rate,
        ] {
            repeat(values);
        }
        step(burnt_a_day)(&mut data.burnt_fil_vec);
        for (series, a_day) in [
            (&mut data.circ_supply_vec, 100_000.5),
            (&mut data.locked_fil_vec, -1_000.25),
            (&mut data.mined_fil_vec, 110_000.25),
            (&mut data.vested_fil_vec, 180_000.125),
        ] {
            if let Some(values) = series {
                step(a_day)(values);
            }
        }
        if let network_data::FilplusRate::Daily(rates) = &mut data.filplus_rate {
            repeat(rates);
        }
    }
    // What is known ahead of the current date stays known ahead of the new one.
    let pledge = &mut data.known_scheduled_pledge_release_full_vec;
    let known_before = data.historical_raw_power_eib.len() - 1 - days;
    let ahead = pledge.split_off(known_before.min(pledge.len()));
    for _ in 0..days {
        repeat(pledge);
    }
    pledge.extend(ahead);
    data.current_date = date;
    data
}
