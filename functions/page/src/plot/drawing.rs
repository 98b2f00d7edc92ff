use std::fmt::Write as _;

use chrono::NaiveDate;

use super::{
    axis::{Axis, months, number, years},
    request::Theme,
};

/// A line of a chart.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) values: Vec<Option<f64>>,
}

/// A chart, before it is written.
pub(super) struct Drawing {
    pub(super) title: String,
    pub(super) unit: &'static str,
    /// A line below the chart.
    pub(super) note: String,
    /// The day on which the history ends.
    pub(super) current: NaiveDate,
    pub(super) dates: Vec<NaiveDate>,
    pub(super) lines: Vec<Line>,
    pub(super) theme: Theme,
    pub(super) size: (u32, u32),
}

/// Colours of a theme; those of the lines are the page's own, far enough apart for readers who see few colours.
struct Colours {
    paper: &'static str,
    text: &'static str,
    faint: &'static str,
    grid: &'static str,
    past: &'static str,
    lines: [&'static str; 6],
}

const LIGHT: Colours = Colours {
    paper: "#ffffff",
    text: "#16202e",
    faint: "#566376",
    grid: "#e4e8ee",
    past: "#f3f5f8",
    lines: ["#0b62d6", "#c2410c", "#0f766e", "#7c3aed", "#be185d", "#4d7c0f"],
};

const DARK: Colours = Colours {
    paper: "#121822",
    text: "#e8edf5",
    faint: "#9aa7ba",
    grid: "#263041",
    past: "#182130",
    lines: ["#6cb0ff", "#ff9d5c", "#4fd6c4", "#bda2ff", "#ff8fc2", "#b4d95c"],
};

/// Dashes tell lines apart without colours.
const DASHES: [&str; 6] = ["none", "7 4", "2 3", "10 4 2 4", "14 5", "4 2"];

const MARGIN: f64 = 20.0;
/// Room for the numbers of the value axis.
const LEFT: f64 = 64.0;
/// Pixels that a label of the time axis takes.
const LABEL: f64 = 64.0;

/// Where things stand in a picture.
struct Frame {
    width: f64,
    height: f64,
    top: f64,
    right: f64,
    bottom: f64,
    first: NaiveDate,
    last: NaiveDate,
    axis: Axis,
}

impl Frame {
    fn days(&self) -> f64 {
        (self.last - self.first).num_days().max(1) as f64
    }

    fn x(&self, date: NaiveDate) -> f64 {
        let past = (date.clamp(self.first, self.last) - self.first).num_days();
        LEFT + past as f64 / self.days() * (self.right - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let Axis { low, high, .. } = self.axis;
        self.bottom - (value - low) / (high - low) * (self.bottom - self.top)
    }
}

// Writing to a String does not fail, here and below.
impl Drawing {
    pub(super) fn to_svg(&self) -> String {
        let colours = if self.theme == Theme::Dark { &DARK } else { &LIGHT };
        let frame = self.frame();
        let mut svg = String::with_capacity(4096 + 14 * self.dates.len() * self.lines.len());
        self.begin(&mut svg, &frame, colours);
        self.ground(&mut svg, &frame, colours);
        self.axes(&mut svg, &frame, colours);
        for nth in 0..self.lines.len() {
            self.line(&mut svg, &frame, colours, nth);
        }
        let _ = write!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{:.1}\" font-size=\"11\">{}</text></svg>",
            frame.height - 12.0,
            escaped(&self.note)
        );
        svg
    }

    fn frame(&self) -> Frame {
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        Frame {
            width,
            height,
            top: 62.0 + 20.0 * self.legend_rows() as f64,
            right: width - MARGIN,
            bottom: height - 50.0,
            first: self.dates.first().copied().unwrap_or(self.current),
            last: self.dates.last().copied().unwrap_or(self.current),
            axis: Axis::holding(self.lines.iter().flat_map(|line| line.values.iter().flatten().copied()), 5),
        }
    }

    /// The head, with the title and the unit.
    fn begin(&self, svg: &mut String, frame: &Frame, colours: &Colours) {
        let Frame { width, height, .. } = frame;
        let title = escaped(&self.title);
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"title about\" font-family=\"system-ui, sans-serif\" \
             font-size=\"12\" fill=\"{faint}\"><title id=\"title\">{title}</title><desc id=\"about\">{about}</desc>\
             <rect width=\"100%\" height=\"100%\" fill=\"{paper}\"/>\
             <text x=\"{MARGIN}\" y=\"30\" font-size=\"17\" font-weight=\"600\" fill=\"{text}\">{title}</text>\
             <text x=\"{MARGIN}\" y=\"49\">{unit}</text>",
            faint = colours.faint,
            about = escaped(&self.about()),
            paper = colours.paper,
            text = colours.text,
            unit = if self.unit == "fraction" { "per cent" } else { self.unit },
        );
    }

    /// The past on a ground of its own, and the line behind which the forecast begins.
    fn ground(&self, svg: &mut String, frame: &Frame, colours: &Colours) {
        let Frame { top, bottom, .. } = frame;
        let border = frame.x(self.current);
        let _ = write!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>\
             <path d=\"M{border:.1} {top}V{bottom}\" stroke=\"{}\" stroke-dasharray=\"3 3\"/>\
             <text x=\"{:.1}\" y=\"{within:.1}\" text-anchor=\"end\">history</text>\
             <text x=\"{:.1}\" y=\"{within:.1}\">forecast</text>",
            border - LEFT,
            bottom - top,
            colours.past,
            colours.faint,
            border - 6.0,
            border + 6.0,
            within = top + 15.0,
        );
    }

    fn axes(&self, svg: &mut String, frame: &Frame, colours: &Colours) {
        let Frame { right, bottom, first, last, axis, .. } = frame;
        let step = axis.ticks.get(1).map_or(1.0, |second| second - axis.ticks[0]);
        for tick in &axis.ticks {
            let y = frame.y(*tick);
            let _ = write!(
                svg,
                "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"{}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                colours.grid,
                LEFT - 8.0,
                y + 4.0,
                number(*tick, self.unit, step),
            );
        }
        let most = ((right - LEFT) / LABEL) as usize;
        let by_month = frame.days() < 900.0;
        let dates = if by_month { months(*first, *last, most) } else { years(*first, *last, most) };
        for date in dates {
            let label = if by_month { date.format("%Y-%m") } else { date.format("%Y") };
            let _ = write!(
                svg,
                "<path d=\"M{x:.1} {bottom}v5\" stroke=\"{}\"/><text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
                colours.faint,
                bottom + 19.0,
                x = frame.x(date),
            );
        }
    }

    fn line(&self, svg: &mut String, frame: &Frame, colours: &Colours, nth: usize) {
        let (colour, dash) = (colours.lines[nth % colours.lines.len()], DASHES[nth % DASHES.len()]);
        let _ = write!(
            svg,
            "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-dasharray=\"{dash}\" d=\""
        );
        let mut pen = 'M';
        for (date, value) in self.dates.iter().zip(&self.lines[nth].values) {
            match value {
                Some(value) => {
                    let _ = write!(svg, "{pen}{:.1} {:.1}", frame.x(*date), frame.y(*value));
                    pen = 'L';
                }
                None => pen = 'M',
            }
        }
        svg.push_str("\"/>");
        if self.legend_rows() == 0 {
            return;
        }
        let columns = self.legend_columns();
        let column = (frame.width - 2.0 * MARGIN) / columns as f64;
        let (x, y) = (MARGIN + column * (nth % columns) as f64, 70.0 + 20.0 * (nth / columns) as f64);
        let _ = write!(
            svg,
            "<path d=\"M{x:.1} {:.1}h24\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\
             <text x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
            y - 4.0,
            x + 30.0,
            escaped(&self.lines[nth].name),
        );
    }

    /// Rows of the legend, which a single line does not need.
    fn legend_rows(&self) -> usize {
        if self.lines.len() > 1 { self.lines.len().div_ceil(self.legend_columns()) } else { 0 }
    }

    fn legend_columns(&self) -> usize {
        // An entry takes 7 pixels a character at most, and 40 for its line.
        let longest = self.lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(1);
        let entry = 40 + 7 * longest as u32;
        (self.size.0.saturating_sub(2 * MARGIN as u32) / entry).clamp(1, 6) as usize
    }

    /// What a reader who cannot see the picture is told.
    fn about(&self) -> String {
        let mut about = String::new();
        for line in &self.lines {
            let known =
                || self.dates.iter().zip(&line.values).filter_map(|(date, value)| Some((date, (*value)?)));
            let now = known().rfind(|(date, _)| **date <= self.current);
            for (date, value) in now.into_iter().chain(known().next_back()) {
                let value = number(value, self.unit, value.abs() / 100.0);
                let _ = write!(about, "{} on {date}: {value}. ", line.name);
            }
        }
        let _ = write!(about, "The forecast begins on {}.", self.current);
        about
    }
}

/// A text as it stands in XML.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML has no place for most control characters.
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
