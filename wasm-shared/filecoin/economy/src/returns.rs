//! Returns: what a sector pledges and what it earns.

use crate::columns::Columns;
use crate::constants::{EIB_PER_SECTOR, ONE_YEAR_DAYS, PIB_PER_SECTOR};
use crate::forecast::Part;
use crate::history::History;
use crate::series::Series;

pub(crate) fn forecast(history: &History, part: Part, columns: &mut Columns) {
    let [
        qa_power,
        qa_onboarded,
        reward,
        day_locked_pledge,
        day_renewed_pledge,
        pledge,
        daily_reward,
        yearly_reward,
        return_on_pledge,
    ] = columns.get_mut([
        Series::QaTotalPowerEib,
        Series::QaDayOnboardedPowerPib,
        Series::DayNetworkReward,
        Series::DayLockedPledge,
        Series::DayRenewedPledge,
        Series::DayPledgePerQap,
        Series::DayRewardsPerSector,
        Series::OneYearReturnPerSector,
        Series::OneYearSectorRoi,
    ]);

    for day in part.first_day(history)..qa_power.len() {
        let for_onboarded = day_locked_pledge[day] - day_renewed_pledge[day];
        pledge[day] = PIB_PER_SECTOR * for_onboarded / qa_onboarded[day];
        daily_reward[day] = EIB_PER_SECTOR * reward[day] / qa_power[day];
    }
    // Pledge is not computed for the start date.
    pledge[0] = pledge[1];

    sliding_sums(daily_reward, ONE_YEAR_DAYS, yearly_reward);
    for ((roi, yearly_reward), pledge) in return_on_pledge.iter_mut().zip(yearly_reward).zip(pledge) {
        *roi = *yearly_reward / *pledge;
    }
}

/// Sums of `width` consecutive values, one from each index that has so many after it.
///
/// The values are cut into blocks of `width`; a sum is the tail of one block and the head of the next. That takes three
/// additions a sum, loses no digits to cancellation, and a value that is no number spoils only the sums it is part of:
/// a running total, from which the value that leaves is subtracted, has neither virtue.
fn sliding_sums(values: &[f64], width: usize, sums: &mut [f64]) {
    for (block, sums) in sums.chunks_mut(width).enumerate() {
        let (tail_block, head_block) = values[block * width..].split_at(width);
        let mut tail = 0.0;
        for (offset, value) in tail_block.iter().enumerate().rev() {
            tail += value;
            if let Some(sum) = sums.get_mut(offset) {
                *sum = tail;
            }
        }
        let mut head = 0.0;
        for (sum, value) in sums.iter_mut().skip(1).zip(head_block) {
            head += value;
            *sum += head;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sliding_sum_is_the_sum_of_its_values() {
        let values: Vec<f64> = (0..50).map(|i| f64::from(i * i % 17)).collect();
        for width in 1..=values.len() {
            let mut sums = vec![0.0; values.len() - width + 1];
            sliding_sums(&values, width, &mut sums);
            let expected: Vec<f64> = values.windows(width).map(|window| window.iter().sum()).collect();
            assert_eq!(sums, expected, "width {width}");
        }
        sliding_sums(&values, 51, &mut []);
    }

    #[test]
    fn a_value_that_is_no_number_spoils_only_the_sums_it_is_part_of() {
        let mut values = vec![1.0; 40];
        values[17] = f64::NAN;
        values[30] = f64::INFINITY;
        let mut sums = vec![0.0; 36];
        sliding_sums(&values, 5, &mut sums);
        for (start, sum) in sums.iter().enumerate() {
            match start {
                13..=17 => assert!(sum.is_nan()),
                26..=30 => assert_eq!(*sum, f64::INFINITY),
                _ => assert_eq!(*sum, 5.0, "{start}"),
            }
        }
    }
}
