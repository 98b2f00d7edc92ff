//! What the contract says, asked over HTTP. One file a part of the contract; how a service is started and spoken to is in
//! the library beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]

mod conventions;
mod health;
mod historical_data;
mod simulate;
mod support;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cases = [conventions::cases(), health::cases(), historical_data::cases(), simulate::cases()];
    contract::suite::main(cases.into_iter().flatten().collect(), Vec::new())
}
