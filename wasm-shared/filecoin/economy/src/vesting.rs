//! Vesting: FIL that were allocated at genesis and are paid out in equal daily parts from network start.

use crate::columns::Columns;
use crate::history::History;
use crate::series::Series;

/// An allocation that is paid out in equal parts on each of its first days.
struct Tranche {
    series: Series,
    amount_fil: f64,
    days: u32,
}

const fn tranche(series: Series, amount_fil: f64, days: u32) -> Tranche {
    Tranche { series, amount_fil, days }
}

/// The allocations that vest by the day, as mechaFIL has them. Another 10.632 million FIL vested at genesis and are part
/// of the history's vested total.
const TRANCHES: [Tranche; 7] = [
    tranche(Series::SixMonthVestSaft, 51_803_587.0, 183),
    tranche(Series::OneYearVestSaft, 31_821_712.0, 365),
    tranche(Series::TwoYearVestSaft, 7_223_364.0, 730),
    tranche(Series::ThreeYearVestSaft, 88_536_841.0, 1095),
    tranche(Series::SixYearVestSaft, 9_805_053.0, 2190),
    tranche(Series::SixYearVestPl, 300_000_000.0, 2190),
    tranche(Series::SixYearVestFoundation, 100_000_000.0, 2190),
];

pub(crate) fn forecast(history: &History, columns: &mut Columns) {
    for Tranche { series, amount_fil, days } in TRANCHES {
        let [paid, total] = columns.get_mut([series, Series::TotalDayVest]);
        let daily = amount_fil * (1.0 / f64::from(days));
        let paying = (days.saturating_sub(history.start_day) as usize).min(paid.len());
        paid[..paying].fill(daily);
        for day in &mut total[..paying] {
            *day += daily;
        }
    }

    let [total_day, total] = columns.get_mut([Series::TotalDayVest, Series::TotalVest]);
    let mut vested = history.start_vested_fil;
    for (total, total_day) in total.iter_mut().zip(total_day) {
        vested += *total_day;
        *total = vested;
    }
}
