//! The constants of Filecoin's monetary policy, and the assumptions a forecast starts from.
//!
//! Amounts are FIL, times are days, power is binary: 1 PiB = 2^50 bytes, 1 EiB = 2^60 bytes. Where mechaFIL (the
//! model of Protocol Labs that this crate computes) and the protocol's actors differ, the value is
//! mechaFIL's and the comment says what the actors have.

use core::f64::consts::LN_2;

/// PiB in an EiB.
pub const PIB_PER_EIB: f64 = 1024.0;

/// PiB in a 32 GiB sector: 2^35 / 2^50 bytes.
pub const PIB_PER_SECTOR: f64 = 1.0 / 32_768.0;

/// EiB in a 32 GiB sector: 2^35 / 2^60 bytes.
pub const EIB_PER_SECTOR: f64 = 1.0 / 33_554_432.0;

/// FIL that simple minting releases over all time: 30 % of the 1.1 billion for storage mining (builtin-actors, reward
/// `logic.rs`, `SIMPLE_TOTAL`).
pub const SIMPLE_MINTING_FIL: f64 = 3.3e8;

/// FIL that baseline minting releases over all time: 70 % of the 1.1 billion for storage mining (builtin-actors,
/// reward `logic.rs`, `BASELINE_TOTAL`).
pub const BASELINE_MINTING_FIL: f64 = 7.7e8;

/// Decay of minting a day: half of what remains is minted every six years of 365 days (builtin-actors, reward
/// `logic.rs`, `LAMBDA`, there an epoch).
pub const MINTING_DECAY_PER_DAY: f64 = LN_2 / 2190.0;

/// Growth of the baseline a day: it doubles every year of 365 days (builtin-actors, reward `logic.rs`,
/// `BASELINE_EXPONENT`, there an epoch).
pub const BASELINE_GROWTH_PER_DAY: f64 = LN_2 / 365.0;

/// The baseline at network start from which network time is reckoned, in EiB: mechaFIL's 2.766213637444971e18 bytes
/// (builtin-actors' `BASELINE_INITIAL_VALUE` is 2.88888888e18).
pub const GENESIS_BASELINE_EIB: f64 = 2.766_213_637_444_971e18 / 1_152_921_504_606_846_976.0;

/// FIL disbursed from the mining reserve, taken as constant: mechaFIL's 17066618961773411890063046 attoFIL.
pub const DISBURSED_RESERVE_FIL: f64 = 17_066_618.961_773_41;

/// Share of a block reward that is locked (builtin-actors, miner `monies.rs`, `LOCKED_REWARD_FACTOR`).
pub const LOCKED_SHARE_OF_REWARD: f64 = 0.75;

/// Days over which a locked reward vests. The actors vest it linearly; the model releases 1/180 of what is locked
/// each day.
pub const REWARD_VESTING_DAYS: f64 = 180.0;

/// Days of expected reward that make up the storage pledge (builtin-actors, miner `monies.rs`,
/// `INITIAL_PLEDGE_FACTOR`).
pub const STORAGE_PLEDGE_DAYS: f64 = 20.0;

/// The most that a PiB of quality-adjusted power is asked to pledge, in FIL: mechaFIL's 1 FIL per GiB (builtin-actors'
/// `INITIAL_PLEDGE_MAX_PER_BYTE` is 1 FIL per 32 GiB).
pub const PLEDGE_CAP_FIL_PER_PIB: f64 = 1_048_576.0;

/// Share of the supply that the consensus pledge aims to lock, over the whole history (builtin-actors, miner
/// `monies.rs`, `LOCK_TARGET_FACTOR`).
pub const HISTORICAL_LOCK_TARGET: f64 = 0.3;

/// Days that an entry of the one-year series covers, its own day included.
pub const ONE_YEAR_DAYS: usize = 365;

/// What a forecast assumes where its caller does not say otherwise.
pub mod defaults {
    /// Horizon in days: ten years of 365.
    pub const FORECAST_DAYS: usize = 3650;
    /// Lifetime of a new or renewed sector, in days (the protocol allows 180 to 1278).
    pub const SECTOR_DURATION_DAYS: usize = 540;
    /// Share of the supply that the consensus pledge aims to lock, as the protocol has it.
    pub const LOCK_TARGET: f64 = super::HISTORICAL_LOCK_TARGET;
    /// Quality of a sector full of verified deals, as the protocol has it.
    pub const FIL_PLUS_MULTIPLIER: f64 = 10.0;
    /// Share of its quality-adjusted power that a renewed sector keeps.
    pub const QA_RENEWAL_MULTIPLIER: f64 = 1.0;
    /// Days at the end of a history whose median is the assumption for the future.
    pub const SMOOTHING_DAYS: usize = 30;
}
