//! What the Spin components that were built ask of their runtime.

use std::fs;

use contract::{
    platforms::{Platform, spin_components},
    suite::{Ask, Case},
};

pub(crate) fn cases() -> Vec<Case> {
    let name = concat!(module_path!(), "::each_imports_just_what_the_manifest_grants_it");
    let where_they_are = |platform: &'static Platform| match platform.name {
        "spin" => Ok(()),
        "spin-up" => Err("the components are the same as for spin"),
        _ => Err("no components"),
    };
    let ask = Ask::SomePlatforms(where_they_are, |_| each_imports_just_what_the_manifest_grants_it());
    vec![Case { name: name.to_owned(), ask }]
}

/// The interfaces behind Spin's grants, and the grants.
const GRANTS: [(&str, &str); 4] = [
    ("spin:key-value/key-value@", "key_value_stores"),
    ("spin:sqlite/sqlite@", "sqlite_databases"),
    ("spin:variables/variables@", "variables"),
    ("wasi:http/client@", "allowed_outbound_hosts"),
];

/// A component that links more than its function needs is larger than it has to be; one that is granted more than it
/// imports can be misused for more.
fn each_imports_just_what_the_manifest_grants_it() {
    for (name, component) in spin_components().unwrap() {
        let wasm = fs::read(contract::root().join(component["source"].as_str().unwrap())).unwrap();
        for (interface, grant) in GRANTS {
            let imported = wasm.windows(interface.len()).any(|bytes| bytes == interface.as_bytes());
            assert_eq!(imported, component.get(grant).is_some(), "{name}: {interface} and {grant}");
        }
    }
}
