//! What the contract says, asked over HTTP. One file a part of the contract; how a service is started and spoken to is in
//! the library beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
#![allow(clippy::cast_possible_wrap, reason = "days and lengths here are thousands")]

mod access;
mod accuracy;
mod admin;
mod agents;
mod alone;
mod ask;
mod bad_inputs;
mod components;
mod concurrency;
mod conventions;
mod daemons;
mod deployments;
mod docs;
mod faults;
mod gateway;
mod health;
mod historical_data;
mod jobs;
mod keys;
mod page;
mod planning;
mod refresh;
mod resilience;
mod restart;
mod sign_in;
mod simulate;
mod support;
mod sweep;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cases = [
        conventions::cases(),
        health::cases(),
        historical_data::cases(),
        simulate::cases(),
        sweep::cases(),
        accuracy::cases(),
        jobs::cases(),
        ask::cases(),
        daemons::cases(),
        gateway::cases(),
        agents::cases(),
        deployments::cases(),
        docs::cases(),
        access::cases(),
        page::cases(),
        planning::cases(),
        admin::cases(),
        keys::cases(),
        sign_in::cases(),
        bad_inputs::cases(),
        concurrency::cases(),
        refresh::cases(),
        restart::cases(),
        resilience::cases(),
        alone::cases(),
        components::cases(),
    ];
    contract::suite::main(cases.into_iter().flatten().collect(), faults::trials())
}
