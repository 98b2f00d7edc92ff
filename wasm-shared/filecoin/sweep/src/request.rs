//! What a caller asks of a sweep.

use chrono::NaiveDate;
use economy::Series;
use forecast::{ALL_SERIES, Refusal, kind_of};
use network_data::calendar::Resolution;
use serde_json::{Map, Value};

use crate::{
    method::Method,
    reading::{Fields, Reading, unknown},
    shared::Shared,
};

/// The most thresholds of a sweep.
pub const MAX_THRESHOLDS: usize = 20;

/// The series of a sweep that names none: power, what circulates and is locked, and what a sector returns.
pub const DEFAULT_SERIES: [Series; 5] = [
    Series::NetworkRbpEib,
    Series::NetworkQapEib,
    Series::CircSupply,
    Series::NetworkLocked,
    Series::OneYearSectorRoi,
];

pub(crate) const THRESHOLD_FIELDS: [&str; 6] = ["name", "series", "above", "below", "when", "by"];
pub(crate) const FIELDS: [&str; 9] =
    ["assumptions", "grid", "draws", "bootstrap", "output", "resolution", "thresholds", "name", "label"];

/// A sweep as asked for, checked as far as that needs no network.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) name: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) shared: Shared,
    pub(crate) method: Method,
    pub(crate) series: Vec<Series>,
    /// As asked for.
    pub(crate) resolution: Option<Resolution>,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) warnings: Vec<String>,
    /// Of the request's text: the same for the same request.
    pub(crate) fingerprint: u64,
}

/// A line that runs may cross.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Threshold {
    pub(crate) name: Option<String>,
    pub(crate) series: Series,
    pub(crate) side: Side,
    /// In the series' unit.
    pub(crate) value: f64,
    pub(crate) when: When,
}

/// On which side of the threshold a run has to be. On the threshold is on neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Above,
    Below,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    pub(crate) fn has(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Above => value > threshold,
            Self::Below => value < threshold,
        }
    }
}

/// On which days it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Any day of the horizon.
    Ever,
    /// Any day through this one.
    By(NaiveDate),
    /// The horizon's last day alone.
    AtEnd,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// Every field that is unknown, missing, of a wrong type or out of range, each with its JSON pointer and what would
    /// be right; at most a hundred.
    pub fn parse(request: Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        let fingerprint = fingerprint(&request);
        let mut reading = Reading::default();
        let mut fields = Fields::of_map(request, "");
        let name = fields.own_text("name", &mut reading);
        let label = fields.own_text("label", &mut reading);
        let shared = Shared::read(&mut fields, &mut reading);
        let method = Method::read(&mut fields, &mut reading);
        let series = read_series(&mut fields, &mut reading);
        let resolution = read_resolution(&mut fields, &mut reading);
        let thresholds = read_thresholds(&mut fields, &mut reading);
        fields.nothing_else(&FIELDS, "a field of a sweep", &mut reading);
        if let (Some(shared), Some(method)) = (&shared, &method) {
            shared.refuse_varied(&method.varied(), method.name(), &mut reading);
        }
        let warnings = reading.finish()?;
        let (Some(shared), Some(method)) = (shared, method) else {
            // Whoever gives nothing has said why.
            return Err(vec![Refusal {
                pointer: String::new(),
                detail: "cannot be read as a sweep".to_owned(),
            }]);
        };
        Ok(Self { name, label, shared, method, series, resolution, thresholds, warnings, fingerprint })
    }

    /// Runs that the request asks for, at most [`MAX_RUNS`](crate::MAX_RUNS).
    #[must_use]
    pub fn runs(&self) -> usize {
        self.method.runs()
    }

    /// Where the request says how many runs it has, as a JSON pointer.
    #[must_use]
    pub fn runs_pointer(&self) -> &'static str {
        match self.method {
            Method::Grid(_) => "/grid",
            Method::Draws { .. } => "/draws/n",
            Method::Bootstrap { .. } => "/bootstrap/n",
        }
    }

    /// Days of each forecast, the current date included.
    #[must_use]
    pub fn days(&self) -> usize {
        self.shared.days()
    }
}

/// FNV-1a over the request as `serde_json` prints it.
fn fingerprint(request: &Map<String, Value>) -> u64 {
    let text = serde_json::to_string(request).unwrap_or_default();
    hash(0xcbf2_9ce4_8422_2325, text.as_bytes())
}

/// FNV-1a, continued from a former hash.
pub(crate) fn hash(former: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(former, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

pub(crate) fn series_names() -> [&'static str; Series::COUNT] {
    Series::ALL.map(Series::name)
}

/// A series by name.
pub(crate) fn read_one_series(value: &Value, pointer: &str, reading: &mut Reading) -> Option<Series> {
    let Some(name) = value.as_str() else {
        reading.refuse(pointer, format!("must be the name of a series, not {}", kind_of(value)));
        return None;
    };
    let series = Series::from_name(name);
    if series.is_none() {
        reading.refuse(pointer, unknown("a series", name, &series_names()));
    }
    series
}

fn read_series(fields: &mut Fields, reading: &mut Reading) -> Vec<Series> {
    let pointer = fields.at("output");
    let names = match fields.take("output") {
        None => return DEFAULT_SERIES.to_vec(),
        Some(Value::String(name)) if name == ALL_SERIES => return Series::ALL.to_vec(),
        Some(Value::Array(names)) if names.is_empty() => return DEFAULT_SERIES.to_vec(),
        Some(one @ Value::String(_)) => {
            return read_one_series(&one, &pointer, reading).into_iter().collect();
        }
        Some(Value::Array(names)) if names.len() <= 2 * Series::COUNT => names,
        Some(other) => {
            let most = 2 * Series::COUNT;
            let found = kind_of(&other);
            reading.refuse(
                &pointer,
                format!("must be the name of a series or a list of at most {most} names, not such {found}"),
            );
            return Vec::new();
        }
    };
    let mut series = Vec::new();
    for (place, name) in names.iter().enumerate() {
        match read_one_series(name, &format!("{pointer}/{place}"), reading) {
            Some(one) if !series.contains(&one) => series.push(one),
            _ => {}
        }
    }
    series
}

fn read_resolution(fields: &mut Fields, reading: &mut Reading) -> Option<Resolution> {
    let name = fields.text("resolution", reading)?;
    let read = name.parse();
    if let Err(unknown) = &read {
        reading.refuse(&fields.at("resolution"), format!("must be daily, weekly or monthly: {unknown}"));
    }
    read.ok()
}

fn read_thresholds(fields: &mut Fields, reading: &mut Reading) -> Vec<Threshold> {
    let pointer = fields.at("thresholds");
    match fields.take("thresholds") {
        None => Vec::new(),
        Some(Value::Array(given)) if given.len() <= MAX_THRESHOLDS => given
            .into_iter()
            .enumerate()
            .filter_map(|(place, value)| read_threshold(value, &format!("{pointer}/{place}"), reading))
            .collect(),
        Some(other) => {
            reading.refuse(
                &pointer,
                format!(
                    "must be a list of at most {MAX_THRESHOLDS} thresholds, not such {}",
                    kind_of(&other)
                ),
            );
            Vec::new()
        }
    }
}

fn read_threshold(value: Value, pointer: &str, reading: &mut Reading) -> Option<Threshold> {
    const FORM: &str =
        "an object such as {\"series\": \"network_RBP_EIB\", \"below\": 3, \"by\": \"2026-12-31\"}";
    let mut fields = Fields::of(value, pointer, FORM, reading)?;
    let name = fields.own_text("name", reading);
    let series = read_field_series(&mut fields, reading);
    let unit = series.map_or("in the series' unit", Series::unit);
    let crossing = read_one_of(&mut fields, [("above", Side::Above), ("below", Side::Below)], unit, reading);
    let by = read_date(&mut fields, "by", reading);
    let when = match (fields.text("when", reading).as_deref(), by) {
        (Some("ever") | None, None) => Some(When::Ever),
        (Some("at_end"), None) => Some(When::AtEnd),
        (None, Some(date)) => Some(When::By(date)),
        (Some(_), Some(_)) => {
            reading.refuse(&fields.at("when"), "says another time than by: give one of the two");
            None
        }
        (Some(other), None) => {
            reading.refuse(&fields.at("when"), unknown("a time", other, &["ever", "at_end"]));
            None
        }
    };
    fields.nothing_else(&THRESHOLD_FIELDS, "a field of a threshold", reading);
    let (side, value) = crossing?;
    Some(Threshold { name, series: series?, side, value, when: when? })
}

/// The field `series`, which has to be there.
pub(crate) fn read_field_series(fields: &mut Fields, reading: &mut Reading) -> Option<Series> {
    let pointer = fields.at("series");
    let Some(value) = fields.take("series") else {
        reading.refuse(&pointer, "is missing: name a series, such as network_RBP_EIB");
        return None;
    };
    read_one_series(&value, &pointer, reading)
}

/// Exactly one of two fields that hold a number.
pub(crate) fn read_one_of<T: Copy>(
    fields: &mut Fields,
    [(one, first), (other, second)]: [(&str, T); 2],
    unit: &str,
    reading: &mut Reading,
) -> Option<(T, f64)> {
    match (fields.has(one), fields.has(other)) {
        (true, false) => fields.number(one, unit, reading).map(|value| (first, value)),
        (false, true) => fields.number(other, unit, reading).map(|value| (second, value)),
        (both, _) => {
            let wrong = if both { "has both" } else { "has neither" };
            reading
                .refuse(&fields.pointer, format!("{wrong}: give either {one} or {other}, a number ({unit})"));
            fields.take(one);
            fields.take(other);
            None
        }
    }
}

pub(crate) fn read_date(fields: &mut Fields, name: &str, reading: &mut Reading) -> Option<NaiveDate> {
    let text = fields.text(name, reading)?;
    let date = text.parse().ok();
    if date.is_none() {
        reading.refuse(&fields.at(name), format!("must be a date such as 2026-12-31, not {text:.40?}"));
    }
    date
}
