//! What a model is told about Filecoin, the model, the tools, units and dates: prose, and the tables it is about.

use std::fmt::Write as _;

use economy::Series;
use network_data::{
    Snapshot,
    historical::{Field, fields},
};

use crate::{figures, metrics::Metric};

/// A document of the guide.
pub(crate) struct Document {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) text: &'static str,
}

/// The prose, in reading order.
pub(crate) const DOCUMENTS: [Document; 4] = [
    Document {
        name: "economy",
        title: "Filecoin's economy",
        about: "What power, rewards, pledge and supply are, for a reader who has never heard of Filecoin.",
        text: include_str!("../context/economy.md"),
    },
    Document {
        name: "model",
        title: "The model",
        about: "How a forecast is computed, what it leaves out, and when not to trust it.",
        text: include_str!("../context/model.md"),
    },
    Document {
        name: "tools",
        title: "Using the tools",
        about: "Which tool answers which question, and worked examples.",
        text: TOOLS,
    },
    Document {
        name: "units-and-dates",
        title: "Units, dates, mistakes",
        about: "How entries and dates go together, units, and the usual mistakes.",
        text: include_str!("../context/units-and-dates.md"),
    },
];

/// What the guide says of the tools of `forecasts`, and of those of other groups that are deployed, an example each.
#[cfg(not(any(feature = "accuracy", feature = "jobs")))]
const TOOLS: &str = include_str!("../context/tools.md");
#[cfg(all(feature = "accuracy", not(feature = "jobs")))]
const TOOLS: &str = concat!(include_str!("../context/tools.md"), include_str!("../context/accuracy.md"));
#[cfg(all(feature = "jobs", not(feature = "accuracy")))]
const TOOLS: &str = concat!(include_str!("../context/tools.md"), include_str!("../context/ranges.md"));
#[cfg(all(feature = "accuracy", feature = "jobs"))]
const TOOLS: &str = concat!(
    include_str!("../context/tools.md"),
    include_str!("../context/accuracy.md"),
    include_str!("../context/ranges.md")
);

/// The whole guide.
pub(crate) fn guide(snapshot: Option<&Snapshot>) -> String {
    let mut guide = String::with_capacity(24_000);
    guide.push_str("# MechaFil Edge: guide\n\n## Today\n\n");
    guide.push_str(&figures::today(snapshot));
    for document in &DOCUMENTS {
        // Writing to a String does not fail.
        let _ = write!(guide, "\n\n## {}\n\n{}", document.title, document.text.trim());
    }
    let _ = write!(guide, "\n\n## Metrics of simulate\n\n{}", metrics_table());
    let _ = write!(guide, "\n\n## Fields of get_historical_data\n\n{}", fields_table());
    guide
}

/// Every metric, by unit and kind, with its meaning.
pub(crate) fn metrics_table() -> String {
    let lines = Metric::all()
        .map(|metric| line(metric.name(), metric.unit(), metric.kind(), alias(metric), &meaning(metric)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every field, likewise.
pub(crate) fn fields_table() -> String {
    let lines = fields().map(|field| {
        line(field.name(), field.unit(), field.kind().as_str(), field.alias_of(), field.meaning())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn line(name: &str, unit: &str, kind: &str, alias_of: Option<&str>, meaning: &str) -> String {
    match alias_of {
        Some(original) => format!("- {name}: same as {original}"),
        None => format!("- {name} ({unit}, {kind}): {meaning}"),
    }
}

fn alias(metric: Metric) -> Option<&'static str> {
    metric.series().alias_of().map(Series::name)
}

/// In the table, a daily rate needs no more than the total it comes from.
fn meaning(metric: Metric) -> String {
    if metric.name() == metric.series().name() {
        metric.meaning()
    } else {
        format!("the day's growth of {}. {}", metric.series().name(), metric.series().meaning())
    }
}

/// All that is known of one metric.
pub(crate) fn metric(metric: Metric) -> String {
    format!(
        "# {}\n\nUnit: {}. Kind: {}. Covers: {}.\n\n{}\n",
        metric.name(),
        metric.unit(),
        metric.kind(),
        metric.series().span().as_str(),
        metric.meaning()
    )
}

/// All that is known of one field.
pub(crate) fn field(field: Field) -> String {
    let anchor = field
        .anchor()
        .map_or("one figure, no series".to_owned(), |anchor| format!("entry 0 falls on {}", anchor.name()));
    format!(
        "# {}\n\nUnit: {}. Kind: {}. Dates: {anchor}.\n\n{}\n",
        field.name(),
        field.unit(),
        field.kind().as_str(),
        field.meaning()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that make a token of this sort of text, names and numbers included; on the safe side for the
    /// tokenisers in use.
    const CHARACTERS_A_TOKEN: f64 = 3.6;

    #[test]
    fn the_guide_fits_in_six_thousand_tokens() {
        let guide = guide(Some(&network_data::demo::snapshot().unwrap()));
        let tokens = guide.chars().count() as f64 / CHARACTERS_A_TOKEN;
        assert!(tokens <= 6000.0, "{tokens} tokens");
    }

    #[test]
    fn the_guide_names_every_metric_and_field_with_its_unit_and_todays_figures() {
        let snapshot = network_data::demo::snapshot().unwrap();
        let guide = guide(Some(&snapshot));
        for series in Series::ALL {
            assert!(guide.contains(series.name()), "{}", series.name());
        }
        for field in fields() {
            assert!(guide.contains(&format!("- {}", field.name())), "{}", field.name());
        }
        assert!(guide.contains(&snapshot.current_date().to_string()));
        assert!(guide.contains("PiB/day"));
    }

    #[test]
    fn without_data_the_guide_says_so_and_still_explains() {
        let guide = guide(None);
        assert!(guide.contains("No network data has been loaded yet"));
        assert!(guide.contains("1y_sector_roi"));
    }
}
