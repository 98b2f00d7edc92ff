//! Pictures for docs/accuracy.md: plain SVG that reads on light and dark pages.

use economy::Series;
use hindcast::{Drive, HORIZONS, Judgement, Origin, Variant, summarise, variants};

use crate::{Judged, ranged};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 290.0;

/// Colours that Okabe and Ito chose to be told apart by everybody.
const COLOURS: [&str; 6] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

struct Picture(String);

impl Picture {
    fn new(title: &str) -> Self {
        let mut picture = Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
        ));
        picture.text(LEFT, 22.0, "start", title);
        picture.line(LEFT, BOTTOM, RIGHT, BOTTOM, "#333", 1.0);
        picture.line(LEFT, TOP, LEFT, BOTTOM, "#333", 1.0);
        picture
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        self.0 += &format!(
            "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\" fill=\"#222\">{text}</text>\n"
        );
    }

    fn line(&mut self, x0: f64, y0: f64, x1: f64, y1: f64, colour: &str, width: f64) {
        self.0 += &format!(
            "<line x1=\"{x0:.1}\" y1=\"{y0:.1}\" x2=\"{x1:.1}\" y2=\"{y1:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
        );
    }

    fn path(&mut self, points: &[(f64, f64)], colour: &str, width: f64) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.0 += &format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n",
            points.join(" ")
        );
    }

    fn end(mut self) -> String {
        self.0 += "</svg>\n";
        self.0
    }
}

fn across(share: f64) -> f64 {
    LEFT + share * (RIGHT - LEFT)
}

fn up(share: f64) -> f64 {
    BOTTOM - share * (BOTTOM - TOP)
}

/// What raw power was, and what the default forecasts of past days made of it.
pub(crate) fn power(judged: &Judged) -> String {
    const MOST: f64 = 20.0;
    let mut picture = Picture::new(
        "Raw byte power, EiB: what came (black), and default forecasts of past days, two years each",
    );
    let days = judged.network.historical_days();
    let x = |day: usize| across(day as f64 / days as f64);
    let y = |value: f64| up((value / MOST).clamp(0.0, 1.0));
    for value in [5.0, 10.0, 15.0, 20.0] {
        picture.line(LEFT, y(value), RIGHT, y(value), "#ddd", 1.0);
        picture.text(LEFT - 8.0, y(value) + 4.0, "end", &format!("{value:.0}"));
    }
    for (place, day) in (30..days - 30).step_by(120).enumerate() {
        let origin = Origin::new(&judged.network, day).unwrap();
        let history = origin.known().history();
        let ahead = 730.min(days - day);
        let gamma = economy::fip0081::schedule(history.start_day, history.days() + ahead);
        let smoothed = origin.known().smoothed();
        let assumptions = economy::Assumptions::protocol(
            history.days(),
            ahead,
            economy::Control::Constant(smoothed.raw_byte_power),
            economy::Control::Constant(smoothed.renewal_rate),
            economy::Control::Constant(smoothed.filplus_rate),
            &gamma,
        );
        let forecast = economy::forecast(&history, &assumptions).unwrap();
        let values = &forecast.series(Series::RbTotalPowerEib)[day..];
        let points: Vec<_> =
            values.iter().enumerate().step_by(10).map(|(step, value)| (x(day + step), y(*value))).collect();
        picture.path(&points, COLOURS[place % COLOURS.len()], 1.5);
    }
    let measured: Vec<_> = judged
        .network
        .data()
        .historical_raw_power_eib
        .iter()
        .enumerate()
        .step_by(5)
        .map(|(day, value)| (x(day), y(*value)))
        .collect();
    picture.path(&measured, "#000", 2.5);
    picture.text(LEFT, BOTTOM + 18.0, "start", &judged.network.start_date().to_string());
    picture.text(RIGHT, BOTTOM + 18.0, "end", &judged.network.current_date().to_string());
    picture.end()
}

/// Mean absolute errors of default forecasts by the days ahead.
pub(crate) fn errors(judged: &Judged) -> String {
    const SHOWN: [Series; 6] = [
        Series::RbTotalPowerEib,
        Series::QaTotalPowerEib,
        Series::NetworkLocked,
        Series::DayNetworkReward,
        Series::DayPledgePerQap,
        Series::CircSupply,
    ];
    let mut picture =
        Picture::new("Mean absolute error of default forecasts, per cent, by days ahead (both logarithmic)");
    let x = |horizon: usize| across(((horizon as f64) / 30.0).ln() / (730.0_f64 / 30.0).ln() * 0.72);
    let y = |share: f64| up(((100.0 * share).max(0.3) / 0.3).ln() / (300.0_f64 / 0.3).ln());
    for value in [1.0, 10.0, 100.0] {
        picture.line(LEFT, y(value / 100.0), across(0.72), y(value / 100.0), "#ddd", 1.0);
        picture.text(LEFT - 8.0, y(value / 100.0) + 4.0, "end", &format!("{value:.0}"));
    }
    for horizon in HORIZONS {
        picture.text(x(horizon), BOTTOM + 18.0, "middle", &horizon.to_string());
    }
    for (series, colour) in SHOWN.into_iter().zip(COLOURS) {
        let points: Vec<(f64, f64)> = HORIZONS
            .into_iter()
            .filter_map(|horizon| {
                let summary = summarise(judged.misses(Drive::Defaults), series, horizon)?;
                Some((x(horizon), y(summary.mape)))
            })
            .collect();
        picture.path(&points, colour, 2.0);
    }
    for (place, (series, colour)) in SHOWN.into_iter().zip(COLOURS).enumerate() {
        let at = TOP + 20.0 + 22.0 * place as f64;
        picture.line(across(0.755), at - 4.0, across(0.785), at - 4.0, colour, 3.0);
        picture.text(across(0.795), at, "start", series.name());
    }
    picture.end()
}

/// What the bands that are served held, with the confidence interval, a line a series and horizon that can be judged.
pub(crate) fn served(judged: &Judged) -> String {
    let mut picture =
        Picture::new("What the bands that are served held, per cent, with its 95 % confidence interval");
    let x = |share: f64| across(0.35 + 0.65 * share);
    let rows: Vec<_> = ranged()
        .filter_map(|(series, horizon)| Some((series, horizon, judged.served(series, horizon)?.1)))
        .filter(|(_, _, coverage)| coverage.judgement() != Judgement::Unproven)
        .collect();
    let step = (BOTTOM - TOP) / rows.len() as f64;
    picture.0 += &format!(
        "<rect x=\"{:.1}\" y=\"{TOP:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#e6f2ea\"/>\n",
        x(0.85),
        x(0.95) - x(0.85),
        BOTTOM - TOP
    );
    for (place, (series, horizon, coverage)) in rows.into_iter().enumerate() {
        let y = TOP + step * (place as f64 + 0.5);
        let colour = COLOURS[usize::from(coverage.judgement() == Judgement::Missed)];
        picture.line(x(coverage.interval.0), y, x(coverage.interval.1), y, colour, 1.5);
        picture.0 +=
            &format!("<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"{colour}\"/>\n", x(coverage.share));
        picture.text(x(0.0) - 6.0, y + 4.0, "end", &format!("{}, {horizon} days", series.name()));
    }
    for share in [0.0, 0.25, 0.5, 0.85, 0.95] {
        picture.text(x(share), BOTTOM + 18.0, "middle", &format!("{:.0}", 100.0 * share));
    }
    picture.end()
}

/// The share that bands of nine tenths held, thirty days ahead.
pub(crate) fn coverage(judged: &Judged) -> String {
    let mut picture =
        Picture::new("What bands that claim 90 % held 30 days ahead, per cent, mean over series");
    let all = variants();
    let step = (BOTTOM - TOP) / all.len() as f64;
    let x = |share: f64| across(0.5 + 0.5 * share);
    for (place, variant) in all.into_iter().enumerate() {
        let shares: Vec<f64> = hindcast::RANGED
            .into_iter()
            .filter_map(|series| hindcast::Coverage::of(&judged.bands(variant, series, HORIZONS[0])))
            .map(|coverage| coverage.share)
            .collect();
        let share = shares.iter().sum::<f64>() / shares.len() as f64;
        let y = TOP + step * place as f64;
        let colour = if matches!(variant, Variant::Bootstrap { .. }) { COLOURS[1] } else { COLOURS[0] };
        picture.0 += &format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>\n",
            x(0.0),
            y + 1.0,
            x(share) - x(0.0),
            step - 2.0
        );
        picture.0 += &format!(
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"9.5\" fill=\"#222\">{}</text>\n",
            x(0.0) - 5.0,
            y + step - 3.0,
            variant.name()
        );
    }
    picture.line(x(0.9), TOP, x(0.9), BOTTOM, "#000", 1.5);
    for share in [0.0, 0.5, 0.9] {
        picture.text(x(share), BOTTOM + 18.0, "middle", &format!("{:.0}", 100.0 * share));
    }
    picture.end()
}
