//! The drawing of the crates in `docs/architecture.md`, and what cargo says of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The functions in the drawing.
pub const FUNCTIONS: &str = "functions/*";

/// Which crate uses which.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Reads the drawing: the first block of code marked `text` after the heading "The crates". A line is
/// `group/   crate crate   -> crate crate`, where the group, a word with a slash at its end, may be left out.
///
/// # Errors
/// When there is no such block, or a line in it cannot be read.
pub fn read(document: &str) -> Result<Arrows, String> {
    let after = document.split_once("## The crates").ok_or("there is no heading \"The crates\"")?.1;
    let block = after.split_once("```text\n").and_then(|(_, rest)| rest.split_once("\n```"));
    let (block, _) = block.ok_or("there is no block of code marked text")?;
    let mut arrows = Arrows::new();
    // A line that only names a group has no arrow.
    let groups_only = |line: &str| line.split_whitespace().all(|word| word.ends_with('/'));
    for line in block.lines().filter(|line| !groups_only(line)) {
        let (users, used) = line.split_once("->").ok_or_else(|| format!("no arrow in {line:?}"))?;
        let used: BTreeSet<String> =
            used.split_whitespace().filter(|word| *word != "-").map(str::to_owned).collect();
        for user in users.split_whitespace().filter(|word| !word.ends_with('/')) {
            if arrows.insert(user.to_owned(), used.clone()).is_some() {
                return Err(format!("{user} is drawn twice"));
            }
        }
    }
    Ok(arrows)
}

/// The arrows between the product's crates that cargo knows: dependencies of the built crates, not those of their tests
/// or build scripts. `metadata` is what `cargo metadata --no-deps` prints.
///
/// # Errors
/// When it is not that.
pub fn of_cargo(metadata: &Value) -> Result<Arrows, String> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let path = |package: &Value| package["manifest_path"].as_str().unwrap_or_default().to_owned();
    // Every function may use what one may: they are drawn as one.
    let functions: BTreeSet<String> = packages
        .iter()
        .filter(|package| path(package).contains("/functions/") && package["name"] != "edge")
        .filter_map(|package| package["name"].as_str().map(str::to_owned))
        .collect();
    let is_tests =
        |package: &Value| package["manifest_path"].as_str().is_none_or(|path| path.contains("/tests/"));
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let ours: BTreeSet<String> = packages.iter().filter(|package| !is_tests(package)).map(&name).collect();
    let drawn_as = |name: String| if functions.contains(&name) { FUNCTIONS.to_owned() } else { name };
    let mut arrows = Arrows::new();
    for package in packages.iter().filter(|package| !is_tests(package)) {
        let dependencies = package["dependencies"].as_array().ok_or("a package without dependencies")?;
        let used = dependencies
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .map(&name)
            .filter(|name| ours.contains(name))
            .map(drawn_as);
        arrows.entry(drawn_as(name(package))).or_default().extend(used);
    }
    Ok(arrows)
}

/// Where the drawing and the crates differ, a sentence each.
///
/// A crate may use what it points at, and what those point at in turn. An arrow that stands in the drawing must be there.
#[must_use]
pub fn differences(drawn: &Arrows, real: &Arrows) -> Vec<String> {
    let mut differences = Vec::new();
    for (user, used) in real {
        let Some(arrows) = drawn.get(user) else {
            differences.push(format!("{user} is not drawn"));
            continue;
        };
        let reachable = reachable(drawn, user);
        differences.extend(
            used.iter()
                .filter(|used| !reachable.contains(*used))
                .map(|used| format!("{user} uses {used}, which is not drawn")),
        );
        differences.extend(
            arrows
                .iter()
                .filter(|arrow| !used.contains(*arrow))
                .map(|arrow| format!("{user} -> {arrow} is drawn, but {user} does not use it")),
        );
    }
    differences.extend(
        drawn
            .keys()
            .filter(|user| !real.contains_key(*user))
            .map(|user| format!("{user} is drawn, but there is no such crate")),
    );
    differences
}

/// Whether some crate reaches itself, and which.
#[must_use]
pub fn circle(arrows: &Arrows) -> Option<&str> {
    arrows.keys().find(|user| reachable(arrows, user).contains(*user)).map(String::as_str)
}

fn reachable(arrows: &Arrows, from: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next = vec![from.to_owned()];
    while let Some(user) = next.pop() {
        for used in arrows.get(&user).into_iter().flatten() {
            if found.insert(used.clone()) {
                next.push(used.clone());
            }
        }
    }
    found
}
