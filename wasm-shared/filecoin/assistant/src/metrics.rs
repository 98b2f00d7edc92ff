//! The metrics of a forecast: the model's series, five of them as their daily growth.

use economy::Series;
use forecast::{ALL_SERIES, Values};
use serde_json::Value;
use suggest::Unknown;

/// The running totals that are given as daily rates, and the names of those.
///
/// A model that is handed a running total reads it as an amount, so it gets the amount.
const DAILY: [(Series, &str); 5] = [
    (Series::CumSimpleReward, "daily_simple_reward"),
    (Series::CumBaselineReward, "daily_baseline_reward"),
    (Series::CumNetworkReward, "daily_network_reward_cumderived"),
    (Series::TotalVest, "daily_vest"),
    (Series::NetworkGasBurn, "daily_gas_burn"),
];

/// The metrics that are returned where none is named.
const DEFAULT: Metric = Metric(Series::OneYearSectorRoi);

/// The names under which metrics are asked for: the first is the documented one, the others are those of existing
/// clients and of `POST /simulate`.
pub(crate) const ARGUMENTS: [&str; 4] = ["requested_metrics", "requested_metric", "metrics", "output"];

/// Names of one list that are refused one by one; a hostile list has thousands.
const MOST_TOLD: usize = 20;

/// One metric: a series of the model, or its daily growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Metric(Series);

impl Metric {
    /// The metric of this name; the running total's own name and the daily one mean the same.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let daily = DAILY.iter().find(|(_, daily)| *daily == name).map(|(series, _)| *series);
        daily.or_else(|| Series::from_name(name)).map(Self)
    }

    /// Every metric, in the order of the model.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Series::ALL.into_iter().map(Self)
    }

    /// The series of the model that it is read from.
    pub(crate) const fn series(self) -> Series {
        self.0
    }

    fn daily(self) -> Option<&'static str> {
        DAILY.iter().find(|(series, _)| *series == self.0).map(|(_, name)| *name)
    }

    /// Its name in a reply.
    pub(crate) fn name(self) -> &'static str {
        self.daily().unwrap_or_else(|| self.0.name())
    }

    pub(crate) fn unit(self) -> &'static str {
        // All five running totals are in FIL.
        if self.daily().is_some() { "FIL/day" } else { self.0.unit() }
    }

    pub(crate) fn kind(self) -> &'static str {
        if self.daily().is_some() { economy::Kind::Flow.as_str() } else { self.0.kind().as_str() }
    }

    pub(crate) fn meaning(self) -> String {
        if self.daily().is_some() {
            format!("What {} grew by on the day. {}", self.0.name(), self.0.meaning())
        } else {
            self.0.meaning().to_owned()
        }
    }

    /// Its value on a day of the answer.
    pub(crate) fn at(self, values: &Values<'_>, day: usize) -> Option<f64> {
        if self.daily().is_some() { values.growth_at(day) } else { values.at(day) }
    }
}

/// Every name that a metric may be asked by.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    DAILY.iter().map(|(_, name)| *name).chain(Series::ALL.into_iter().map(Series::name))
}

/// Takes the metrics out of a tool's arguments, each once.
pub(crate) fn take(arguments: &mut serde_json::Map<String, Value>, wrong: &mut Vec<String>) -> Vec<Metric> {
    let given: Vec<_> = ARGUMENTS.iter().filter_map(|name| Some((*name, arguments.remove(*name)?))).collect();
    match given.as_slice() {
        [] => vec![DEFAULT],
        [(name, value)] => read(name, value, wrong),
        many => {
            let names: Vec<_> = many.iter().map(|(name, _)| *name).collect();
            wrong.push(format!("{} mean the same: give only requested_metrics", names.join(" and ")));
            Vec::new()
        }
    }
}

fn read(argument: &str, value: &Value, wrong: &mut Vec<String>) -> Vec<Metric> {
    let list = match value {
        // In `POST /simulate` an empty `output` is every series.
        Value::Array(list) if list.is_empty() && argument == "output" => return Metric::all().collect(),
        Value::Array(list) if list.is_empty() => return vec![DEFAULT],
        Value::Array(list) => list.as_slice(),
        Value::String(_) => std::slice::from_ref(value),
        _ => {
            wrong.push(format!(
                "{argument}: must be a metric's name or a list of at least one, such as [\"1y_sector_roi\"]"
            ));
            return Vec::new();
        }
    };
    let mut metrics = Vec::new();
    let told = wrong.len() + MOST_TOLD;
    for name in list {
        match name.as_str().map(|name| (name, Metric::named(name))) {
            Some((ALL_SERIES, _)) => return Metric::all().collect(),
            Some((_, Some(metric))) if metrics.contains(&metric) => {}
            Some((_, Some(metric))) => metrics.push(metric),
            _ if wrong.len() >= told => break,
            Some((name, None)) => wrong.push(format!("{argument}: {}", unknown(name, names()))),
            None => wrong.push(format!("{argument}: every entry must be a metric's name")),
        }
    }
    metrics
}

/// The refusal of a name that is none of the `known` ones.
pub(crate) fn unknown(name: &str, known: impl Iterator<Item = &'static str>) -> String {
    let unknown = Unknown::new(name, known);
    let help = if unknown.nearest().is_empty() { "; fetch_context lists every name" } else { "" };
    format!("{unknown}{help}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(arguments: Value) -> Result<Vec<&'static str>, Vec<String>> {
        let Value::Object(mut arguments) = arguments else { unreachable!() };
        let mut wrong = Vec::new();
        let metrics = take(&mut arguments, &mut wrong);
        if wrong.is_empty() { Ok(metrics.into_iter().map(Metric::name).collect()) } else { Err(wrong) }
    }

    #[test]
    fn metrics_come_as_a_list_or_a_name_under_the_old_argument_too() {
        assert_eq!(taken(json!({})), Ok(vec!["1y_sector_roi"]));
        assert_eq!(taken(json!({"requested_metric": "circ_supply"})), Ok(vec!["circ_supply"]));
        assert_eq!(
            taken(json!({"requested_metrics": ["circ_supply", "1y_sector_roi", "circ_supply"]})),
            Ok(vec!["circ_supply", "1y_sector_roi"])
        );
    }

    #[test]
    fn a_running_total_comes_back_as_a_daily_rate_whichever_name_it_is_asked_by() {
        for (series, daily) in DAILY {
            assert_eq!(taken(json!({"requested_metrics": [series.name(), daily]})), Ok(vec![daily]));
            assert_eq!((series.kind(), series.unit()), (economy::Kind::CumulativeStock, "FIL"));
        }
        assert_eq!(taken(json!({"output": "cum_capped_power_EIB"})), Ok(vec!["cum_capped_power_EIB"]));
    }

    #[test]
    fn a_misspelled_metric_is_answered_with_the_nearest_names() {
        let wrong = taken(json!({"requested_metrics": ["roi", "circ_suply", "weather"]})).unwrap_err();
        assert_eq!(wrong.len(), 3, "each is named");
        assert!(wrong[0].contains("1y_sector_roi"), "{wrong:?}");
        assert!(wrong[1].contains("did you mean \"circ_supply\""), "{wrong:?}");
        assert!(wrong[2].contains("fetch_context"), "{wrong:?}");
    }

    #[test]
    fn all_is_every_metric_and_an_empty_list_is_what_leaving_it_out_is() {
        assert_eq!(taken(json!({"requested_metrics": []})), taken(json!({})));
        for all in [json!({"requested_metrics": "all"}), json!({"output": ["all"]}), json!({"output": []})] {
            assert_eq!(taken(all).unwrap().len(), Series::COUNT);
        }
    }

    #[test]
    fn two_arguments_for_the_same_thing_are_refused() {
        let wrong =
            taken(json!({"requested_metrics": ["circ_supply"], "output": "circ_supply"})).unwrap_err();
        assert!(wrong[0].contains("requested_metrics and output"), "{wrong:?}");
    }

    #[test]
    fn a_hostile_list_is_not_repeated_in_full() {
        let wrong = taken(json!({"output": vec!["x"; 100_000]})).unwrap_err();
        assert_eq!(wrong.len(), MOST_TOLD);
    }
}
