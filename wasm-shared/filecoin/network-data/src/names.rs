//! What to say about a name that nobody knows: the nearest one that somebody does.

/// Longest name for which a nearest one is sought: longer ones are no misspellings, and the search takes time in
/// proportion to the length.
const LONGEST_COMPARED: usize = 64;

/// Similarity (1 = equal) from which a known name is worth suggesting; below it, suggestions are noise.
const ALIKE: f64 = 0.5;

/// A name that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name as it was given, cut to its first 64 characters.
    pub name: String,
    /// The known name most like it, if one is alike enough to be a likely intention.
    pub nearest: Option<&'static str>,
}

impl Unknown {
    /// Describes `name`, which is none of `known`.
    pub fn new(name: &str, known: impl IntoIterator<Item = &'static str>) -> Self {
        let shown = name.chars().take(LONGEST_COMPARED).collect();
        Self { name: shown, nearest: nearest(name, known) }
    }
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is not known", self.name)?;
        self.nearest.map_or(Ok(()), |nearest| write!(f, "; did you mean {nearest:?}?"))
    }
}

impl std::error::Error for Unknown {}

/// The member of `known` most like `name`, if any is alike enough to be worth suggesting.
pub fn nearest(name: &str, known: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    if name.len() > LONGEST_COMPARED {
        return None;
    }
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (strsim::normalized_damerau_levenshtein(&name, &candidate.to_lowercase()), candidate)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["burnt_fil", "renewal_rate", "circ_supply"];

    #[test]
    fn a_misspelling_finds_the_name_that_was_meant() {
        assert_eq!(nearest("burned_fil", KNOWN), Some("burnt_fil"));
        assert_eq!(nearest("Renewal_Rate", KNOWN), Some("renewal_rate"));
    }

    #[test]
    fn something_else_altogether_gets_no_misleading_suggestion() {
        assert_eq!(nearest("weather", KNOWN), None);
        assert_eq!(nearest("", KNOWN), None);
    }

    #[test]
    fn a_hostile_name_is_neither_compared_nor_repeated_in_full() {
        let hostile = "é".repeat(1 << 20);
        let unknown = Unknown::new(&hostile, KNOWN);
        assert_eq!(unknown.nearest, None);
        assert_eq!(unknown.name.chars().count(), LONGEST_COMPARED);
    }
}
