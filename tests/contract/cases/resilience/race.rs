//! Publications at once, read by an instance that took part in none.

use std::env;

use contract::{
    calendar::Day,
    network::Network,
    platforms::{Instances, Platform},
    scene::at_once,
};
use http::Method;

use super::Named;
use crate::support::{assert_same_bits, not_at_midnight, numbers};

pub(super) const CASES: [Named; 3] = [
    ("two_imports_at_once_leave_one_readable_snapshot_and_no_body_behind", |platform| race(platform, 2)),
    ("three_imports_at_once_leave_one_readable_snapshot_and_no_body_behind", |platform| race(platform, 3)),
    ("six_imports_at_once_leave_one_readable_snapshot_and_no_body_behind", |platform| race(platform, 6)),
];

/// In every run. `CONTRACT_RACE_ROUNDS=1000` is the long form.
const ROUNDS: usize = 20;

/// Rounds after which empty stores are taken: copies that were replaced stay archived for half an hour.
const ROUNDS_A_SITE: usize = 50;

const DATE: &str = "2026-07-01";

fn race(platform: &'static Platform, importers: usize) {
    not_at_midnight();
    let rounds =
        env::var("CONTRACT_RACE_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let mut round = 0;
    while round < rounds {
        let site = super::site(platform, Instances::Forgetful);
        // A machine that does much else is no reason to fail.
        let server = site.start(&[("STORE_TIMEOUT_MS", "60000")]);
        let service = &server.service;
        for round in round..rounds.min(round + ROUNDS_A_SITE) {
            let asked = format!("{importers} at once, round {round}");
            // Other figures in each round: an instance that remembers the former ones has to read. Seed 704 makes a network that is
            // refused as implausible.
            let seed = |number| ((round * importers + number) % 700) as u64;
            let networks: Vec<_> =
                (0..importers).map(|number| Network::made_up(Day::named(DATE), 60, seed(number))).collect();
            for reply in at_once(importers, |number| service.import(&networks[number])) {
                assert_eq!(reply.status, 200, "{asked}: {}", reply.shown());
            }
            server.forget();
            let current = numbers(&service.history("/historical-data/full?fields=burnt_fil")["burnt_fil"]);
            let exported = service.admin(Method::GET, &format!("/admin/snapshots/{DATE}")).send().ok();
            let archived = numbers(&exported["offline_data"]["burnt_fil_vec"]);
            assert_same_bits(&format!("{asked}: the archive's burnt_fil"), &archived, &current);
            let imported =
                |network: &Network| numbers(&network.document["offline_data"]["burnt_fil_vec"]) == current;
            assert!(networks.iter().any(imported), "{asked}: what is current was not imported in this round");
            let bodies = server.cached_snapshots();
            assert!(bodies <= 2, "{asked}: {bodies} bodies in the cache");
        }
        round += ROUNDS_A_SITE;
    }
}
