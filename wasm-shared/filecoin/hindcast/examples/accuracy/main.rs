//! Judges forecasts of a network's past: `accuracy SNAPSHOT.json[.gz]|demo FOLDER` writes what `scripts/accuracy` puts in its places.
//!
//! `accuracy.json` is what `GET /accuracy` serves, `bands.csv` the bands of a sweep's `calibrated_bands`, `tables.md` the generated part of docs/accuracy.md, `ranges.csv` every
//! variant's figures, the SVG files its pictures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::format_push_string,
    reason = "a tool that fails by panicking, and puts texts together"
)]

mod markdown;
mod pictures;
mod quirks;
mod served;

use std::io::Read;
use std::path::Path;

use hindcast::{
    Band, Coverage, Drive, Engine, HORIZONS, Judgement, Miss, OF_ERRORS, RANGED, Truth, Variant, backtest,
    hindcast,
};
use network_data::Snapshot;

/// Everything that was judged.
struct Judged {
    network: Snapshot,
    truth: Truth,
    misses: Vec<(Drive, Vec<Miss>)>,
    bands: Vec<(Variant, Vec<Band>)>,
}

impl Judged {
    fn misses(&self, drive: Drive) -> &[Miss] {
        &self.misses.iter().find(|(one, _)| *one == drive).expect("every drive").1
    }

    fn bands(&self, variant: Variant, series: economy::Series, horizon: usize) -> Vec<Band> {
        let (_, bands) = self.bands.iter().find(|(one, _)| *one == variant).expect("every variant");
        bands.iter().filter(|band| band.series == series && band.horizon == horizon).copied().collect()
    }

    /// Of the ways that need past errors alone, and so give a user factors, the one that kept its claim; where several or none
    /// did, the one with the best score.
    fn served(&self, series: economy::Series, horizon: usize) -> Option<(Variant, Coverage)> {
        best(OF_ERRORS.into_iter().map(|way| (way, self.bands(way, series, horizon))))
    }
}

/// The way that kept its claim with the best score, or else has the best score.
fn best(ways: impl Iterator<Item = (Variant, Vec<Band>)>) -> Option<(Variant, Coverage)> {
    let judged = ways.filter_map(|(way, bands)| Some((way, Coverage::of(&bands)?)));
    let rank = |coverage: &Coverage| (coverage.judgement() != Judgement::Kept, coverage.score);
    judged.min_by(|(_, a), (_, b)| rank(a).partial_cmp(&rank(b)).unwrap())
}

fn ranged() -> impl Iterator<Item = (economy::Series, usize)> {
    RANGED.into_iter().flat_map(|series| HORIZONS.map(|horizon| (series, horizon)))
}

fn read(path: &str) -> Snapshot {
    if path == "demo" {
        return network_data::demo::snapshot().unwrap();
    }
    let mut bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    if Path::new(path).extension().is_some_and(|extension| extension == "gz") {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
        bytes = unpacked;
    }
    Snapshot::from_json(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, snapshot, folder] = arguments.as_slice() else {
        panic!("usage: accuracy SNAPSHOT.json[.gz] FOLDER");
    };
    let network = read(snapshot);
    let truth = Truth::of(&network, &Engine).unwrap();
    let misses = Drive::ALL.map(|drive| (drive, hindcast(&network, &truth, drive, &Engine).unwrap())).into();
    let bands = backtest(&network, &truth).unwrap();
    let judged = Judged { network, truth, misses, bands };

    let folder = Path::new(folder);
    let write = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    write("accuracy.json", served::table(&judged));
    write("bands.csv", served::bands(&judged));
    write("tables.md", markdown::tables(&judged));
    write("errors.csv", markdown::every_error(&judged));
    write("ranges.csv", markdown::every_range(&judged));
    write("power.svg", pictures::power(&judged));
    write("errors.svg", pictures::errors(&judged));
    write("coverage.svg", pictures::coverage(&judged));
    write("served.svg", pictures::served(&judged));
}
