//! Servers whose stores hang, fail or are slow, whose instances remember nothing, and whose memory is watched: in workerd and in the
//! Spin host. The tests of `snapshot-store` ask the same of the native platform.

mod memory;
mod race;
mod stores;

use contract::{
    platforms::{ControlledSite, Instances, Platform},
    suite::{Ask, Case},
};

/// A case by its name.
type Named = (&'static str, fn(&'static Platform));

pub(crate) fn cases() -> Vec<Case> {
    [race::CASES.as_slice(), &stores::CASES, &memory::CASES]
        .concat()
        .into_iter()
        .map(|(name, ask)| Case {
            name: format!("{}::{name}", module_path!()),
            ask: Ask::SomePlatforms(is_controlled, ask),
        })
        .collect()
}

fn is_controlled(platform: &'static Platform) -> Result<(), &'static str> {
    platform.controlled.map(drop).ok_or("its stores are not controlled from outside")
}

fn site(platform: &'static Platform, instances: Instances) -> ControlledSite {
    let controlled = platform.controlled.expect("a platform whose servers are controlled");
    controlled(instances).unwrap_or_else(|error| panic!("{error}"))
}
