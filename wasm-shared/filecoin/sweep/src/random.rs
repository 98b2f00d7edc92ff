//! The random numbers of a sweep.
//!
//! `ChaCha8` is a function of a key, a stream and a position, published and the same everywhere, so a draw depends on
//! nothing but the seed, the run, and what is drawn: runs can be computed anywhere, in any order, and an assumption keeps
//! its draws when another one is added.

use chacha20::ChaCha8Rng;
use core::f64::consts::TAU;
use rand_core::{Rng, SeedableRng};

/// Fills the key behind the seed. Another text gives other draws for every seed.
const KEY: &[u8; 24] = b"mechafil-edge: sweep, v1";

/// The draws of one run for one purpose.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    /// `purpose` separates what one run draws: the place of an assumption, or [`Self::BLOCKS`].
    pub(crate) fn new(seed: u64, run: usize, purpose: u8) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..].copy_from_slice(KEY);
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream((run as u64) << 8 | u64::from(purpose));
        Self(generator)
    }

    /// The purpose of a bootstrap's blocks.
    pub(crate) const BLOCKS: u8 = 255;

    /// Uniform in `[0, 1)`: a multiple of 2^-53.
    pub(crate) fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// Uniform among `0..count`. The bias of taking the high half of a product is below `count / 2^64`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.0.next_u64()) * count as u128) >> 64) as usize
    }

    /// Standard normal, by Box and Muller's transform: one of the two values it gives.
    pub(crate) fn normal(&mut self) -> f64 {
        // In (0, 1]: its logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(TAU * self.uniform())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_run_and_purpose_alone_and_never_changes() {
        let first = |seed, run, purpose| Draws::new(seed, run, purpose).0.next_u64();
        // As an implementation of the published cipher in another language has them.
        assert_eq!(first(0, 0, 0), 17_481_729_741_753_557_637);
        assert_eq!(first(42, 9_999, Draws::BLOCKS), 15_774_027_905_931_638_769);
        let all = [first(0, 0, 0), first(1, 0, 0), first(0, 1, 0), first(0, 0, 1), first(0, 0, 255)];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[place + 1..].contains(one));
        }
    }

    #[test]
    fn uniform_numbers_fill_the_interval_and_never_reach_one() {
        let mut draws = Draws::new(7, 0, 0);
        let values: Vec<f64> = (0..10_000).map(|_| draws.uniform()).collect();
        assert!(values.iter().all(|value| (0.0..1.0).contains(value)));
        let mean = values.iter().sum::<f64>() / 1e4;
        // Four standard errors of the mean.
        assert!((mean - 0.5).abs() < 4.0 / 12_f64.sqrt() / 100.0, "{mean}");
    }

    #[test]
    fn numbers_below_a_count_take_every_value_about_as_often() {
        let mut draws = Draws::new(7, 1, 0);
        let mut seen = [0_u32; 7];
        for _ in 0..7_000 {
            seen[draws.below(7)] += 1;
        }
        // Four standard deviations of a count of a thousand.
        assert!(seen.iter().all(|count| count.abs_diff(1_000) < 130), "{seen:?}");
    }
}
