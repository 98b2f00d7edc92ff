//! What somebody may have meant.

/// The least similarity, from 0 to 1, of a name worth offering.
const SIMILAR: f64 = 0.7;

/// `. Did you mean a or b?`, or nothing if no name is near.
pub(crate) fn hint<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> String {
    let (mut nearest, mut next) = ((SIMILAR, None), (SIMILAR, None));
    for name in names {
        let similarity = strsim::jaro_winkler(given, name);
        if similarity > nearest.0 {
            next = nearest;
            nearest = (similarity, Some(name));
        } else if similarity > next.0 {
            next = (similarity, Some(name));
        }
    }
    match (nearest.1, next.1) {
        (None, _) => String::new(),
        (Some(name), None) => format!(". Did you mean {name}?"),
        (Some(name), Some(other)) => format!(". Did you mean {name} or {other}?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_offered_the_nearest_first_and_no_others() {
        let names = ["simulate", "simulated_annealing", "fetch_context"];
        assert_eq!(hint("simulat", names.into_iter()), ". Did you mean simulate or simulated_annealing?");
        assert_eq!(hint("fetch_contxt", names.into_iter()), ". Did you mean fetch_context?");
        assert_eq!(hint("xyzzy", names.into_iter()), "");
    }
}
