//! Counters in Prometheus' text form.

use std::{collections::BTreeSet, fmt::Write as _};

/// A number with what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Labels and their values.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub value: i64,
}

impl Sample {
    /// Whether it is about one of these servers.
    #[must_use]
    pub fn is_of_one_of(&self, servers: &BTreeSet<String>) -> bool {
        self.labels.iter().any(|(label, value)| *label == "server" && servers.contains(value))
    }
}

/// Numbers of the same name.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The name.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// `counter` or `gauge`.
    pub kind: &'static str,
    /// The numbers.
    pub samples: Vec<Sample>,
}

/// The media type of [`text`].
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The families as text, version 0.0.4 of the format.
#[must_use]
pub fn text(families: &[Family]) -> String {
    let mut text = String::new();
    for Family { name, help, kind, samples } in families {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for Sample { labels, value } in samples {
            let labels: Vec<_> =
                labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_its_line_or_its_quotes() {
        let family = Family {
            name: "a_total",
            help: "Things.",
            kind: "counter",
            samples: vec![
                Sample { labels: vec![("server", "a\"b\\c\nd".to_owned())], value: 3 },
                Sample { labels: vec![], value: 1 },
            ],
        };
        assert_eq!(
            text(&[family]),
            "# HELP a_total Things.\n# TYPE a_total counter\na_total{server=\"a\\\"b\\\\c\\nd\"} 3\na_total 1\n"
        );
    }
}
