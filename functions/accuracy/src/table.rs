//! What the table holds, for the OpenAPI document; a test reads the table by it.
#![allow(dead_code, reason = "the document is made from these; nothing but a test reads the table")]

use std::collections::BTreeMap;

/// How right forecasts were.
#[derive(utoipa::ToSchema)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
pub(crate) struct Table {
    /// What the figures are, in two sentences.
    about: String,
    /// The history that forecasts were judged on.
    data: Data,
    /// What forecasts of the past were given to assume, each in one sentence.
    drives: BTreeMap<String, String>,
    /// What stands behind the figures of the past.
    evidence: BTreeMap<String, String>,
    /// The errors, a row a series.
    errors: Vec<Errors>,
    /// Bands for the default forecast.
    ranges: Ranges,
}

/// The history that forecasts were judged on.
#[derive(utoipa::ToSchema)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Data {
    /// Where the figures come from.
    source: String,
    /// Its first day.
    start_date: String,
    /// Its last day.
    end_date: String,
    /// Days between two forecasts of the past.
    days_between_forecasts: u32,
}

/// The errors of a series.
#[derive(utoipa::ToSchema)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Errors {
    /// The series.
    series: String,
    /// Its other names, where it has some.
    also_called: Option<Vec<String>>,
    /// Its unit; the errors have none.
    unit: String,
    /// `reported` by the chain, or `recomputed` by the model from what is.
    evidence: String,
    /// For each drive the errors by days ahead; a series that the drive gives is left out.
    drives: BTreeMap<String, Vec<Ahead>>,
}

/// Errors so many days ahead, as shares of what came: 0.1 is a forecast ten per cent too high.
#[derive(utoipa::ToSchema)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Ahead {
    /// Days ahead.
    horizon_days: u32,
    /// Forecasts judged.
    forecasts: u32,
    /// How many of them do not overlap in time.
    independent: u32,
    /// Mean absolute error.
    mape: f64,
    /// Mean error; above zero where forecasts were too high.
    bias: f64,
    /// 5th percentile of the error.
    p5: f64,
    /// 25th percentile.
    p25: f64,
    /// Median.
    p50: f64,
    /// 75th percentile.
    p75: f64,
    /// 95th percentile.
    p95: f64,
}

/// Bands for the default forecast.
#[derive(utoipa::ToSchema)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Ranges {
    /// How a band is used.
    #[schema(rename = "use")]
    #[cfg_attr(test, serde(rename = "use"))]
    how: String,
    /// What the claims mean.
    claims: BTreeMap<String, String>,
    /// A row a series and days ahead.
    bands: Vec<Band>,
}

/// A band for a series so many days ahead.
#[derive(utoipa::ToSchema)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Band {
    /// The series.
    series: String,
    /// Its other names, where it has some.
    also_called: Option<Vec<String>>,
    /// Days ahead.
    horizon_days: u32,
    /// Whether bands of this kind held nine of ten outcomes: `kept`, `missed` or `unproven`.
    claim: String,
    /// How they were made.
    method: Option<String>,
    /// Bands judged.
    forecasts: Option<u32>,
    /// How many of them do not overlap in time.
    independent: Option<u32>,
    /// The share of outcomes that they held.
    coverage: Option<f64>,
    /// The 95 % confidence interval of that share.
    coverage_interval: Option<[f64; 2]>,
    /// The band's lower end as a multiple of the default forecast; only where the claim was kept.
    low: Option<f64>,
    /// Its upper end.
    high: Option<f64>,
}

#[cfg(test)]
mod tests {
    use economy::Series;

    use super::*;

    fn table() -> Table {
        serde_json::from_str(crate::TABLE).unwrap()
    }

    #[test]
    fn the_table_that_is_served_is_as_documented() {
        let table = table();
        assert!(table.data.start_date < table.data.end_date);
        for row in &table.errors {
            let series = Series::from_name(&row.series).unwrap();
            assert_eq!(series.unit(), row.unit);
            assert!(table.evidence.contains_key(&row.evidence), "{}", row.evidence);
            for (drive, horizons) in &row.drives {
                assert!(table.drives.contains_key(drive), "{drive}");
                for one in horizons {
                    assert!(one.independent <= one.forecasts && one.mape + 1e-4 >= one.bias.abs());
                    assert!([one.p5, one.p25, one.p50, one.p75, one.p95].is_sorted());
                }
            }
            assert!(row.drives.contains_key("defaults"), "{} is judged as people get it", row.series);
        }
    }

    #[test]
    fn a_series_is_found_by_each_of_its_names() {
        let table = table();
        let errors = table.errors.iter().map(|row| (&row.series, &row.also_called));
        let bands = table.ranges.bands.iter().map(|band| (&band.series, &band.also_called));
        for (name, also_called) in errors.chain(bands) {
            let series = Series::from_name(name).unwrap();
            assert_eq!(series.alias_of(), None, "{name}");
            let others = Series::ALL.into_iter().filter(|other| other.alias_of() == Some(series));
            let others: Vec<String> = others.map(|other| other.name().to_owned()).collect();
            assert_eq!(also_called.clone().unwrap_or_default(), others, "{name}");
        }
    }

    #[test]
    fn a_band_is_given_only_where_its_claim_was_kept() {
        let table = table();
        let mut kept = 0;
        for band in &table.ranges.bands {
            assert!(table.ranges.claims.contains_key(&band.claim), "{}", band.claim);
            assert_eq!(band.low.is_some() && band.high.is_some(), band.claim == "kept");
            if let (Some(low), Some(high), Some(coverage)) = (band.low, band.high, band.coverage) {
                assert!(
                    low < high && (0.85..=0.95).contains(&coverage),
                    "{} {}",
                    band.series,
                    band.horizon_days
                );
                assert!(band.independent >= Some(5));
                kept += 1;
            }
        }
        assert!(kept > 0);
    }
}
