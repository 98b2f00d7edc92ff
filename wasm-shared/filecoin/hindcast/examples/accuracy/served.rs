//! The table that `GET /accuracy` serves.

use economy::Series;
use hindcast::{
    Coverage, Drive, HORIZONS, JUDGED, Judgement, ORIGIN_STEP, Variant, present_factors, summarise,
};
use serde_json::{Map, Value, json};

use crate::{Judged, ranged};

/// Four digits after the point: of an error that is a hundredth of a per cent.
fn rounded(value: f64) -> Value {
    let rounded = (value * 1e4).round() / 1e4;
    // No minus before a zero.
    json!(if rounded == 0.0 { 0.0 } else { rounded })
}

pub(crate) fn table(judged: &Judged) -> String {
    let data = &judged.network;
    let mut text = Map::new();
    text.insert(
        "about".into(),
        json!(
            "How right forecasts of this model were: started on past days with what was known then, and held against what came. \
             Errors are shares of what came: 0.1 is a forecast ten per cent too high."
        ),
    );
    text.insert(
        "data".into(),
        json!({"source": data.source(), "start_date": data.start_date(), "end_date": data.current_date(), "days_between_forecasts": ORIGIN_STEP}),
    );
    text.insert(
        "drives".into(),
        Drive::ALL.iter().map(|drive| (drive.name().to_owned(), json!(drive.meaning()))).collect(),
    );
    text.insert(
        "evidence".into(),
        json!({
            "reported": "The chain reported the series.",
            "recomputed": "The source does not have it: the model computed it from reported power, renewals and burn, so an error of its formulas does not show.",
        }),
    );
    text.insert("errors".into(), errors(judged));
    text.insert("ranges".into(), ranges(judged));
    serde_json::to_string(&Value::Object(text)).unwrap() + "\n"
}

/// A row about a series, with the other names that `/simulate` has for it.
fn row(series: Series) -> Map<String, Value> {
    let mut row = Map::from_iter([("series".to_owned(), json!(series.name()))]);
    let others = Series::ALL.into_iter().filter(|other| other.alias_of() == Some(series));
    let others: Vec<_> = others.map(Series::name).collect();
    if !others.is_empty() {
        row.insert("also_called".to_owned(), json!(others));
    }
    row
}

fn errors(judged: &Judged) -> Value {
    let mut rows = Vec::new();
    for series in JUDGED {
        let mut drives = Map::new();
        for drive in Drive::ALL {
            let horizons: Vec<Value> = HORIZONS
                .into_iter()
                .filter_map(|horizon| Some((horizon, summarise(judged.misses(drive), series, horizon)?)))
                // What a forecast was given cannot be wrong.
                .filter(|(_, summary)| summary.mape > 1e-6)
                .map(|(horizon, summary)| {
                    let [p5, p25, p50, p75, p95] = summary.percentiles.map(rounded);
                    json!({"horizon_days": horizon, "forecasts": summary.origins, "independent": summary.independent,
                           "mape": rounded(summary.mape), "bias": rounded(summary.bias),
                           "p5": p5, "p25": p25, "p50": p50, "p75": p75, "p95": p95})
                })
                .collect();
            if !horizons.is_empty() {
                drives.insert(drive.name().into(), Value::Array(horizons));
            }
        }
        let mut row = row(series);
        row.insert("unit".into(), json!(series.unit()));
        row.insert("evidence".into(), json!(judged.truth.evidence(series).as_str()));
        row.insert("drives".into(), Value::Object(drives));
        rows.push(Value::Object(row));
    }
    Value::Array(rows)
}

/// A way to make bands that is served: what it is worth, and today's factors where its claim was kept.
struct Served {
    way: Variant,
    coverage: Coverage,
    factors: Option<(f64, f64)>,
}

fn served(judged: &Judged, series: Series, horizon: usize) -> Option<Served> {
    let (way, coverage) = judged.served(series, horizon)?;
    let kept = coverage.judgement() == Judgement::Kept;
    let factors =
        kept.then(|| present_factors(judged.misses(Drive::Defaults), series, horizon, way)).flatten();
    Some(Served { way, coverage, factors })
}

fn ranges(judged: &Judged) -> Value {
    let rows: Vec<Value> = ranged()
        .map(|(series, horizon)| {
            let served = served(judged, series, horizon);
            let claim = served.as_ref().map_or(Judgement::Unproven, |served| served.coverage.judgement());
            let mut row = row(series);
            row.insert("horizon_days".into(), json!(horizon));
            row.insert("claim".into(), json!(claim.as_str()));
            if let Some(Served { way, coverage, factors }) = served {
                row.insert("method".into(), json!(way.name()));
                row.insert("forecasts".into(), json!(coverage.origins));
                row.insert("independent".into(), json!(coverage.independent));
                row.insert("coverage".into(), rounded(coverage.share));
                row.insert(
                    "coverage_interval".into(),
                    json!([rounded(coverage.interval.0), rounded(coverage.interval.1)]),
                );
                if let Some((low, high)) = factors {
                    row.insert("low".into(), rounded(low));
                    row.insert("high".into(), rounded(high));
                }
            }
            Value::Object(row)
        })
        .collect();
    json!({
        "use": "The default forecast times low, and times high, is a band for nine of ten outcomes; each band was made of errors known on its day.",
        "claims": {
            "kept": "The bands held 85 to 95 % of what came.",
            "missed": "They held more or less than that, so no band is given.",
            "unproven": "Fewer than five forecasts do not overlap in time: too little history for a band.",
        },
        "bands": rows,
    })
}

/// The same bands for the sweep: first the history that they were judged on, then a line a series and horizon, with nothing where
/// there is no figure.
pub(crate) fn bands(judged: &Judged) -> String {
    let mut text = format!("{},{}\n", judged.network.data().start_date, judged.network.current_date());
    for (series, horizon) in ranged() {
        text += &format!("{},{horizon}", series.name());
        let Some(Served { coverage, factors, .. }) = served(judged, series, horizon) else {
            text += &format!(",{},,,,,,,\n", Judgement::Unproven.as_str());
            continue;
        };
        let [share, least, most] = [coverage.share, coverage.interval.0, coverage.interval.1].map(rounded);
        let [low, high] = factors.map_or([String::new(), String::new()], |(low, high)| {
            [rounded(low), rounded(high)].map(|end| end.to_string())
        });
        text += &format!(
            ",{},{},{},{share},{least},{most},{low},{high}\n",
            coverage.judgement().as_str(),
            coverage.origins,
            coverage.independent,
        );
    }
    text
}
