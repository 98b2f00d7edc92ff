//! Exponential growth and decay day by day, without an exponential a day.
//!
//! `exp(rate * day)` over thousands of consecutive days is a product of two short tables: with `day = 64 a + b`,
//! `exp(rate * day) = exp(rate * 64 a) * exp(rate * b)`. An exponential is evaluated for every `b` once and for every
//! `a`, so 4,715 days take 138 of them. Each value carries the rounding of two exponentials and one product (about one
//! unit in the last place more than a direct evaluation) and no error accumulates from day to day, as it would in a
//! running product; a value depends on its day alone, not on where the sequence began.

const BLOCK_DAYS: u32 = 64;

/// The values `exp(rate * day)` for `day`, `day + 1`, ...
pub(crate) struct DailyExponential {
    rate: f64,
    day: u32,
    block: f64,
    within_block: [f64; BLOCK_DAYS as usize],
}

impl DailyExponential {
    pub(crate) fn from_day(rate: f64, day: u32) -> Self {
        let within_block = core::array::from_fn(|day| libm::exp(rate * day as f64));
        let mut daily = Self { rate, day, block: 1.0, within_block };
        daily.enter_block();
        daily
    }

    fn enter_block(&mut self) {
        self.block = libm::exp(self.rate * f64::from(self.day - self.day % BLOCK_DAYS));
    }

    /// The value of the present day; moves on to the next.
    #[inline]
    pub(crate) fn next(&mut self) -> f64 {
        let value = self.block * self.within_block[(self.day % BLOCK_DAYS) as usize];
        self.day += 1;
        if self.day.is_multiple_of(BLOCK_DAYS) {
            self.enter_block();
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::{BASELINE_GROWTH_PER_DAY, MINTING_DECAY_PER_DAY};

    #[test]
    fn thirty_years_stay_within_a_few_units_in_the_last_place() {
        for rate in [BASELINE_GROWTH_PER_DAY, -MINTING_DECAY_PER_DAY] {
            let mut daily = DailyExponential::from_day(rate, 725);
            for day in 725..11_675_u32 {
                let direct = (rate * f64::from(day)).exp();
                let difference = (daily.next() / direct - 1.0).abs();
                // exp magnifies the rounding of its argument: |rate * day| times half a unit.
                let bound = (3.0 + (rate * f64::from(day)).abs()) * f64::EPSILON;
                assert!(difference <= bound, "day {day}: {difference:e}");
            }
        }
    }

    #[test]
    fn a_day_has_the_same_value_wherever_the_sequence_begins() {
        let mut from_zero = DailyExponential::from_day(BASELINE_GROWTH_PER_DAY, 0);
        let all: Vec<f64> = (0..400).map(|_| from_zero.next()).collect();
        for start in [1, 63, 64, 65, 200] {
            let mut later = DailyExponential::from_day(BASELINE_GROWTH_PER_DAY, start);
            for (day, value) in all.iter().enumerate().skip(start as usize) {
                assert_eq!(later.next().to_bits(), value.to_bits(), "day {day} from {start}");
            }
        }
    }
}
