//! What somebody may have meant.

/// The least similarity, from 0 to 1, of a name worth offering.
const SIMILAR: f64 = 0.7;

/// `. Did you mean a or b?`, or nothing if no name is near.
pub(crate) fn hint<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut near: Vec<_> = names.map(|name| (strsim::jaro_winkler(given, name), name)).collect();
    near.retain(|(similarity, _)| *similarity >= SIMILAR);
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    match near[..] {
        [] => String::new(),
        [(_, name)] => format!(". Did you mean {name}?"),
        [(_, first), (_, second), ..] => format!(". Did you mean {first} or {second}?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_is_offered_and_nothing_else() {
        let names = ["simulate", "compare_scenarios", "fetch_context"];
        assert_eq!(hint("simulat", names.into_iter()), ". Did you mean simulate?");
        assert_eq!(hint("xyzzy", names.into_iter()), "");
    }
}
