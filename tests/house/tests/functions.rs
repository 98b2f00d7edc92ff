//! A function is a folder and a row; everything else follows.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs};

use house::{functions, manifest, root};
use web::settings;

#[test]
fn spin_toml_is_what_the_functions_and_the_settings_say() {
    let written = fs::read_to_string(root().join("spin.toml")).unwrap();
    let expected = manifest::write(&written, &functions::all(&root()).unwrap());
    assert!(written == expected, "spin.toml differs from what scripts/manifest writes: run it");
}

#[test]
fn signing_in_on_spin_reaches_the_hosts_that_its_settings_name_by_default_and_no_others() {
    let text = fs::read_to_string(root().join("spin.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let granted = manifest["component"]["sign-in"]["allowed_outbound_hosts"].as_array().unwrap();
    let granted: BTreeSet<String> = granted.iter().map(|host| host.as_str().unwrap().to_owned()).collect();
    let default =
        |name: &str| settings::all().find(|setting| setting.name() == name).unwrap().default_value();
    let described = default("CIMD_HOSTS");
    let named: BTreeSet<String> = described
        .split(',')
        .map(|host| format!("https://{host}"))
        // GitHub says at its API who somebody is.
        .chain([default("LOGIN_GITHUB_URL"), "https://api.github.com".to_owned()])
        .collect();
    assert_eq!(granted, named);
}

#[test]
fn the_worker_gathers_every_function() {
    let text = fs::read_to_string(root().join("functions/edge/Cargo.toml")).unwrap();
    let edge: toml::Table = text.parse().unwrap();
    let gathered: BTreeSet<&str> = edge["dependencies"]
        .as_table()
        .unwrap()
        .values()
        .filter_map(|dependency| dependency.get("path")?.as_str()?.strip_prefix("../"))
        .collect();
    let features = edge["features"].as_table().unwrap();
    for function in functions::all(&root()).unwrap() {
        assert!(
            gathered.contains(function.name.as_str()),
            "functions/edge/Cargo.toml has no row for {}",
            function.name
        );
        assert!(
            features.contains_key(&function.group),
            "edge has no feature {} for {}",
            function.group,
            function.name
        );
    }
}

#[test]
fn a_function_reads_known_settings_only_and_every_setting_is_read_by_one() {
    let functions = functions::all(&root()).unwrap();
    let read: BTreeSet<String> = functions.iter().flat_map(|function| function.variables.clone()).collect();
    let known: BTreeSet<String> = settings::all().map(|setting| setting.name().to_lowercase()).collect();
    assert_eq!(read, known);
}

#[test]
fn wrangler_toml_sets_known_variables_to_their_defaults() {
    let text = fs::read_to_string(root().join("wrangler.toml")).unwrap();
    let wrangler: toml::Table = text.parse().unwrap();
    for (name, value) in wrangler["vars"].as_table().unwrap() {
        let setting = settings::all().find(|setting| setting.name() == name);
        let setting = setting.unwrap_or_else(|| panic!("{name} is no setting"));
        assert!(!setting.is_secret(), "{name} is a secret and does not belong into wrangler.toml");
        assert_eq!(value.as_str().unwrap(), setting.default_value(), "{name}");
    }
}

#[test]
fn the_table_of_functions_in_the_documents_is_what_they_say() {
    let written = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let expected = manifest::table(&written, &functions::all(&root()).unwrap()).unwrap();
    assert!(written == expected, "docs/architecture.md differs from what scripts/manifest writes: run it");
}

#[test]
fn the_readme_names_every_setting() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for setting in settings::all() {
        assert!(
            readme.contains(&format!("`{}`", setting.name())),
            "README.md does not name {}",
            setting.name()
        );
    }
}

#[test]
fn no_component_on_spin_may_send_requests_everywhere() {
    let text = fs::read_to_string(root().join("spin.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    for (name, component) in manifest["component"].as_table().unwrap() {
        let granted = component.get("allowed_outbound_hosts").and_then(toml::Value::as_array);
        for host in granted.into_iter().flatten().filter_map(toml::Value::as_str) {
            // Any host by https on a port of its own is the public internet; all hosts without TLS are also the private network.
            let is_everything =
                host.starts_with("http://*") || host.starts_with("*://") || host == "https://*:*";
            assert!(!is_everything, "{name} may reach {host}");
        }
    }
}
