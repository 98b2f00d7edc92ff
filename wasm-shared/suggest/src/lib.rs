//! Suggests the closest known names for an unknown one.
//!
//! Every reader of requests uses it: misspelled names are refused, and the error says which name was probably meant.
//!
//! ```
//! use suggest::Unknown;
//!
//! let unknown = Unknown::new("roi", ["circ_supply", "1y_sector_roi"]);
//! assert_eq!(unknown.to_string(), r#""roi" is not known; did you mean "1y_sector_roi"?"#);
//! ```

use std::fmt;

/// Longest name, in bytes, that is compared. A longer one is no misspelling, and comparing takes time in proportion to
/// the length.
const LONGEST_COMPARED: usize = 64;

/// Shortest name that is looked for inside the known ones. Two letters are in too many of them.
const SHORTEST_PART: usize = 3;

/// Most names suggested.
const MOST: usize = 3;

/// Least likeness (1 is equal) of a suggestion; names less alike than this have little in common.
const ALIKE: f64 = 0.5;

/// How much less alike than the best suggestion another one may be.
const MARGIN: f64 = 0.05;

/// A name that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    name: String,
    nearest: Vec<String>,
}

impl Unknown {
    /// Describes `name`, which is none of the `known` ones.
    pub fn new<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self::among(name, &mut known.into_iter())
    }

    fn among(name: &str, known: &mut dyn Iterator<Item = &str>) -> Self {
        let nearest = nearest_of(name, known).into_iter().map(str::to_owned).collect();
        Self { name: name.chars().take(LONGEST_COMPARED).collect(), nearest }
    }

    /// The suggested names, the best first.
    #[must_use]
    pub fn nearest(&self) -> &[String] {
        &self.nearest
    }

    /// Whole sentences that also list the `known` names. For short lists.
    #[must_use]
    pub fn listing(&self, known: &[&str]) -> String {
        let stop = if self.nearest.is_empty() { "." } else { "" };
        format!("{self}{stop} Known are: {}.", known.join(", "))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not known", self.name)?;
        question(&self.nearest).map_or(Ok(()), |question| write!(f, "; {question}"))
    }
}

impl std::error::Error for Unknown {}

/// `did you mean "rbp"?`, where one of the `known` names is close to `name`.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    question(&nearest(name, known))
}

fn question<N: fmt::Debug>(nearest: &[N]) -> Option<String> {
    let names: Vec<_> = nearest.iter().map(|name| format!("{name:?}")).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}

/// The `known` names closest to `name`, at most three, the best first.
///
/// Known names that contain it come before those that are merely spelled alike: `roi` finds
/// `1y_sector_roi`. Capital letters do not count.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    nearest_of(name, &mut known.into_iter())
}

/// Compiled once and not for each kind of list: every function has many.
fn nearest_of<'a>(name: &str, known: &mut dyn Iterator<Item = &'a str>) -> Vec<&'a str> {
    if name.is_empty() || name.len() > LONGEST_COMPARED {
        return Vec::new();
    }
    let name = name.to_lowercase();
    let mut alike: Vec<(f64, &str)> = Vec::new();
    for candidate in known {
        let lower = candidate.to_lowercase();
        let likeness = if lower == name {
            return vec![candidate];
        } else if name.len() >= SHORTEST_PART && lower.contains(&name) {
            // Above every likeness in spelling, and the higher the more of the known name was given.
            1.0 + name.len() as f64 / lower.len() as f64
        } else {
            strsim::normalized_damerau_levenshtein(&name, &lower)
        };
        if likeness >= ALIKE {
            alike.push((likeness, candidate));
        }
    }
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let best = alike.first().map_or(0.0, |(likeness, _)| *likeness);
    let least = if best >= 1.0 { 1.0 } else { best - MARGIN };
    alike.into_iter().take(MOST).filter(|(likeness, _)| *likeness >= least).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["burnt_fil", "renewal_rate", "circ_supply", "historical_renewal_rate"];

    #[test]
    fn a_misspelling_finds_the_name_that_was_meant() {
        assert_eq!(nearest("burned_fil", KNOWN), ["burnt_fil"]);
        assert_eq!(nearest("circ_suply", KNOWN), ["circ_supply"]);
        assert_eq!(nearest("rpb", ["rbp", "rr", "fpr"]), ["rbp"]);
    }

    #[test]
    fn a_name_in_other_capitals_finds_only_that_name() {
        assert_eq!(nearest("Renewal_Rate", KNOWN), ["renewal_rate"]);
    }

    #[test]
    fn a_part_of_a_name_finds_the_names_that_contain_it_the_shortest_first() {
        assert_eq!(nearest("renewal", KNOWN), ["renewal_rate", "historical_renewal_rate"]);
        let many = ["a_reward_total", "a_reward", "reward_b_c", "rewards"];
        assert_eq!(nearest("reward", many), ["rewards", "a_reward", "reward_b_c"]);
    }

    #[test]
    fn names_that_are_equally_near_are_all_suggested() {
        assert_eq!(nearest("qa_powr", ["rb_power", "qa_power", "qb_powr"]), ["qa_power", "qb_powr"]);
    }

    #[test]
    fn something_else_altogether_gets_no_misleading_suggestion() {
        assert!(nearest("weather", KNOWN).is_empty());
        assert!(nearest("", KNOWN).is_empty());
    }

    #[test]
    fn a_hostile_name_is_neither_compared_nor_repeated_in_full() {
        let unknown = Unknown::new(&"é".repeat(1 << 20), KNOWN);
        assert!(unknown.nearest().is_empty());
        assert!(unknown.to_string().len() < 200);
    }

    #[test]
    fn a_listing_is_made_of_whole_sentences() {
        let listing = |name| Unknown::new(name, KNOWN).listing(&["full", "force"]);
        assert_eq!(listing("weather"), "\"weather\" is not known. Known are: full, force.");
        assert_eq!(
            listing("circ_suply"),
            "\"circ_suply\" is not known; did you mean \"circ_supply\"? Known are: full, force."
        );
    }
}
