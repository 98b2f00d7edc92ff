//! The tables of docs/accuracy.md, and all figures of the ranges.

use economy::Series;
use hindcast::{Coverage, Drive, HORIZONS, JUDGED, Judgement, OF_ERRORS, Variant, summarise, variants};

use crate::{Judged, best, quirks, ranged};

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

pub(crate) fn tables(judged: &Judged) -> String {
    let mut text = String::new();
    for drive in [Drive::Defaults, Drive::Controls, Drive::Events] {
        text += &errors(judged, drive);
    }
    text += &independent(judged);
    text += &coverage(judged);
    text += &chosen_beforehand(judged);
    text += &compared(judged);
    text += &quirks::tables(judged);
    text
}

fn errors(judged: &Judged, drive: Drive) -> String {
    let title = match drive {
        Drive::Defaults => "As people get them: that day's defaults",
        Drive::Controls => "Given what was onboarded and renewed: the structure",
        Drive::Events => "Given the expirations as well: the bookkeeping",
    };
    let mut text = format!(
        "### {title}\n\nMean absolute error in per cent, the bias in brackets (above zero: too high), and below them the 5th to the 95th percentile.\n\n| series | evidence |"
    );
    for horizon in HORIZONS {
        text += &format!(" {horizon} days |");
    }
    text += &format!("\n|---|---|{}\n", "---|".repeat(HORIZONS.len()));
    for series in JUDGED {
        let cells: Vec<String> = HORIZONS
            .into_iter()
            .map(|horizon| match summarise(judged.misses(drive), series, horizon) {
                Some(summary) if summary.mape > 1e-6 => format!(
                    "{} ({})<br>{} to {}",
                    percent(summary.mape),
                    percent(summary.bias),
                    percent(summary.percentiles[0]),
                    percent(summary.percentiles[4])
                ),
                Some(_) => "given".to_owned(),
                None => "-".to_owned(),
            })
            .collect();
        text += &format!(
            "| `{}` | {} | {} |\n",
            series.name(),
            judged.truth.evidence(series).as_str(),
            cells.join(" | ")
        );
    }
    text + "\n"
}

fn independent(judged: &Judged) -> String {
    let mut text = "### How many forecasts that is\n\nForecasts made a week apart overlap. In brackets: how many of them fit one after the other.\n\n| horizon | forecasts | of the one-year series |\n|---|---|---|\n".to_owned();
    for horizon in HORIZONS {
        let of = |series| {
            summarise(judged.misses(Drive::Defaults), series, horizon)
                .map_or("none".to_owned(), |summary| format!("{} ({})", summary.origins, summary.independent))
        };
        text += &format!(
            "| {horizon} days | {} | {} |\n",
            of(Series::RbTotalPowerEib),
            of(Series::OneYearSectorRoi)
        );
    }
    text + "\n"
}

fn coverage(judged: &Judged) -> String {
    let mut text = "### The bands that are served: errors of past forecasts\n\nThe share of what came that lay in the band, its 95 % confidence interval by the forecasts that do not overlap, and the band's width (upper end over lower end, less one). Of four ways (all past errors or the newest 52, each as they are or at a level that adapts to past misses) the one that kept its claim, or else had the best score: a choice in hindsight, the only one.\n\n| series | horizon | errors | forecasts (independent) | held | interval | width | claim |\n|---|---|---|---|---|---|---|---|\n".to_owned();
    for (series, horizon) in ranged() {
        let Some((way, coverage)) = judged.served(series, horizon) else {
            text += &format!("| `{}` | {horizon} | | none | | | | unproven |\n", series.name());
            continue;
        };
        text += &format!(
            "| `{}` | {horizon} | {} | {} ({}) | {} % | {} to {} % | {} % | {} |\n",
            series.name(),
            errors_of(way),
            coverage.origins,
            coverage.independent,
            percent(coverage.share),
            percent(coverage.interval.0),
            percent(coverage.interval.1),
            percent(coverage.width),
            coverage.judgement().as_str()
        );
    }
    text + "\n"
}

/// Which errors a served band is made of.
fn errors_of(way: Variant) -> &'static str {
    match way {
        Variant::PastErrors { newest: None } => "all",
        Variant::PastErrors { .. } => "newest 52",
        Variant::Adaptive { newest: None } => "all, adaptive",
        Variant::Adaptive { .. } => "newest 52, adaptive",
        _ => unreachable!("{} is not served", way.name()),
    }
}

/// What the choice in hindsight is worth: made on the first half of the forecasts, judged on the second.
fn chosen_beforehand(judged: &Judged) -> String {
    let mut text = "### Without the hindsight\n\nThe way chosen by the first half of the forecasts, and what it held in the second half, beside what the way that is served held there. Only where a claim can be judged.\n\n| series | horizon | chosen by the first half | held in the second | the served way there | forecasts |\n|---|---|---|---|---|---|\n".to_owned();
    for (series, horizon) in ranged() {
        let Some((served, whole)) = judged.served(series, horizon) else { continue };
        if whole.judgement() == Judgement::Unproven {
            continue;
        }
        let half = |way, second: bool| {
            let bands = judged.bands(way, series, horizon);
            let middle = bands.len() / 2;
            if second { bands[middle..].to_vec() } else { bands[..middle].to_vec() }
        };
        let Some((chosen, _)) = best(OF_ERRORS.into_iter().map(|way| (way, half(way, false)))) else {
            continue;
        };
        let held = |way| Coverage::of(&half(way, true)).map_or("-".to_owned(), |held| percent(held.share));
        text += &format!(
            "| `{}` | {horizon} | {} | {} % | {} % | {} |\n",
            series.name(),
            errors_of(chosen),
            held(chosen),
            held(served),
            whole.origins - whole.origins / 2
        );
    }
    text + "\n"
}

/// The mean over series of a variant's figures at a horizon.
fn mean(judged: &Judged, variant: Variant, horizon: usize) -> Option<(f64, f64, usize, usize)> {
    let all: Vec<Coverage> = hindcast::RANGED
        .into_iter()
        .filter_map(|series| Coverage::of(&judged.bands(variant, series, horizon)))
        .collect();
    let count = all.len() as f64;
    let of = |value: fn(&Coverage) -> f64| all.iter().map(value).sum::<f64>() / count;
    let proven = all.iter().filter(|coverage| coverage.judgement() != Judgement::Unproven).count();
    let kept = all.iter().filter(|coverage| coverage.judgement() == Judgement::Kept).count();
    (!all.is_empty()).then(|| (of(|coverage| coverage.share), of(|coverage| coverage.score), kept, proven))
}

fn compared(judged: &Judged) -> String {
    const SHOWN: [usize; 3] = [30, 90, 180];
    let mut text = "### All ways to make a band\n\nMeans over the series: the share held, the interval score (smaller is better; a miss costs twenty times its distance), and of how many series that could be judged the claim was kept. Every figure is in `docs/accuracy/ranges.csv`.\n\n| band |".to_owned();
    for horizon in SHOWN {
        text += &format!(" {horizon} days: held | score | kept |");
    }
    text += &format!("\n|---|{}\n", "---|".repeat(3 * SHOWN.len()));
    for variant in variants() {
        text += &format!("| {} |", variant.name());
        for horizon in SHOWN {
            text += &match mean(judged, variant, horizon) {
                Some((share, score, kept, proven)) => {
                    format!(" {} % | {score:.3} | {kept} of {proven} |", percent(share))
                }
                None => " | | |".to_owned(),
            };
        }
        text += "\n";
    }
    text + "\n"
}

/// Every drive, series and horizon as CSV.
pub(crate) fn every_error(judged: &Judged) -> String {
    let mut text = "drive,series,horizon_days,forecasts,independent,mape,bias,p5,p95\n".to_owned();
    for drive in Drive::ALL {
        for (series, horizon) in
            JUDGED.into_iter().flat_map(|series| HORIZONS.map(|horizon| (series, horizon)))
        {
            if let Some(summary) = summarise(judged.misses(drive), series, horizon) {
                text += &format!(
                    "{},{},{horizon},{},{},{:.5},{:.5},{:.5},{:.5}\n",
                    drive.name(),
                    series.name(),
                    summary.origins,
                    summary.independent,
                    summary.mape,
                    summary.bias,
                    summary.percentiles[0],
                    summary.percentiles[4]
                );
            }
        }
    }
    text
}

/// Every variant, series and horizon as CSV.
pub(crate) fn every_range(judged: &Judged) -> String {
    let mut text =
        "band,series,horizon_days,forecasts,independent,held,interval_low,interval_high,width,score,claim\n"
            .to_owned();
    for variant in variants() {
        for (series, horizon) in ranged() {
            if let Some(coverage) = Coverage::of(&judged.bands(variant, series, horizon)) {
                text += &format!(
                    "\"{}\",{},{horizon},{},{},{:.3},{:.3},{:.3},{:.4},{:.4},{}\n",
                    variant.name(),
                    series.name(),
                    coverage.origins,
                    coverage.independent,
                    coverage.share,
                    coverage.interval.0,
                    coverage.interval.1,
                    coverage.width,
                    coverage.score,
                    coverage.judgement().as_str()
                );
            }
        }
    }
    text
}
