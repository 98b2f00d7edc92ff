use chrono::{Days, NaiveDate};

use super::{JsonError, tree::Node};
use crate::{
    columns::{COLUMNS, START_VALUES},
    data::{FilplusRate, NETWORK_START, SnapshotData},
    snapshot::Snapshot,
    validation::{Finding, Findings, Refused, refuse_source},
};

/// Relative difference up to which a figure that follows from others counts as agreeing with them: a sum or a median
/// taken in another order differs by some 1e-16, one of other figures by far more.
const AGREES: f64 = 1e-9;

const TOP: [&str; 11] = [
    "description",
    "network_start",
    "source",
    "start_date",
    "current_date",
    "historical_days",
    "index_conventions",
    "units",
    "smoothed_metrics",
    "historical_arrays",
    "offline_data",
];
pub(super) const SMOOTHED: [&str; 3] = ["raw_byte_power", "renewal_rate", "filplus_rate"];
/// Figures in `offline_data` that follow from its columns.
pub(super) const DERIVED: [&str; 3] = ["rb_power_zero", "qa_power_zero", "daily_burnt_fil"];

pub(super) fn import(json: &[u8]) -> Result<Snapshot, JsonError> {
    let document: Node = serde_json::from_slice(json).map_err(|error| JsonError::Malformed {
        line: error.line(),
        column: error.column(),
        detail: what_the_parser_says(&error),
    })?;
    let mut findings = Findings::default();
    let Some((data, given)) = read(document, &mut findings) else {
        return Err(JsonError::Refused(
            findings.into_result().err().unwrap_or_else(|| Refused::from(Finding::new("", "is no snapshot"))),
        ));
    };
    findings.into_result()?;
    let snapshot = Snapshot::new(data)?;
    agreement(&snapshot, &given)?;
    Ok(snapshot)
}

/// The parser's message without the position, which the error carries itself.
fn what_the_parser_says(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

/// Figures of the document that follow from others, to be compared with what they follow from.
struct Given {
    network_start: Option<NaiveDate>,
    historical_days: Option<f64>,
    raw_byte_power: Option<Vec<f64>>,
    renewal_rate: Option<Vec<f64>>,
    smoothed: [Option<f64>; SMOOTHED.len()],
    derived: [Option<f64>; DERIVED.len()],
}

fn read(document: Node, findings: &mut Findings) -> Option<(SnapshotData, Given)> {
    let mut top = Fields::of(document, "", &|| TOP.to_vec(), findings)?;
    let source = top.text("source", findings).unwrap_or_else(|| "import".to_owned());
    if let Some(problem) = refuse_source(&source) {
        findings.add(problem);
    }
    let start_date = top.required_date("start_date", findings);
    let current_date = top.required_date("current_date", findings);
    let network_start = top.date("network_start", findings);
    let historical_days = top.number("historical_days", findings);

    let smoothed = top.object("smoothed_metrics", &|| SMOOTHED.to_vec(), findings);
    let arrays = top.object("historical_arrays", &|| SMOOTHED.to_vec(), findings);
    let offline_names = || {
        COLUMNS
            .iter()
            .map(|c| c.name)
            .chain(START_VALUES.iter().map(|s| s.name))
            .chain(DERIVED)
            .collect::<Vec<_>>()
    };
    let offline = top.object("offline_data", &offline_names, findings);
    if offline.is_none() && findings.is_empty() {
        findings.add(Finding::new(
            "/offline_data",
            "is missing: it holds the daily columns; see the JSON form's documentation",
        ));
    }

    let mut data = SnapshotData::empty(source, start_date?, current_date?);
    let smoothed = match smoothed {
        Some(mut fields) => SMOOTHED.map(|name| fields.number(name, findings)),
        None => Default::default(),
    };
    let (mut raw_byte_power, mut renewal_rate) = (None, None);
    let mut filplus = smoothed[2].map(FilplusRate::Median);
    if let Some(mut fields) = arrays {
        raw_byte_power = fields.numbers("raw_byte_power", findings);
        renewal_rate = fields.numbers("renewal_rate", findings);
        filplus = fields.numbers("filplus_rate", findings).map(FilplusRate::Daily).or(filplus);
    }
    let mut offline = offline?;
    match filplus {
        Some(rate) => data.filplus_rate = rate,
        None => findings.add(Finding::new(
            "/historical_arrays/filplus_rate",
            "is missing: give the daily FIL+ rates up to the current date, or their 30-day median as /smoothed_metrics/filplus_rate",
        )),
    }
    for column in &COLUMNS {
        match offline.numbers(column.name, findings) {
            Some(values) => (column.set)(&mut data, values),
            None if column.optional => {}
            None => offline.missing(column.name, findings),
        }
    }
    for start_value in &START_VALUES {
        match offline.number(start_value.name, findings) {
            Some(value) => (start_value.set)(&mut data, value),
            None => offline.missing(start_value.name, findings),
        }
    }
    let derived = DERIVED.map(|name| offline.number(name, findings));
    Some((data, Given { network_start, historical_days, raw_byte_power, renewal_rate, smoothed, derived }))
}

/// Refuses figures that contradict those they follow from.
fn agreement(snapshot: &Snapshot, given: &Given) -> Result<(), Refused> {
    let mut findings = Findings::default();
    if let Some(date) = given.network_start.filter(|date| *date != NETWORK_START) {
        let detail = format!("is not the network's first day, {NETWORK_START}; leave it out or correct it");
        findings.add(Finding::on("/network_start", date, detail));
    }
    let mut compare = |pointer: String, day: Option<NaiveDate>, given: f64, derived: f64, from: &str| {
        if (given - derived).abs() > AGREES * derived.abs() {
            let detail = format!(
                "is {given} where {derived} follows from {from}; leave it out, or correct one of the two"
            );
            findings.add(Finding::on(pointer, day, detail));
        }
    };
    if let Some(days) = given.historical_days {
        let from = "start_date and current_date";
        compare("/historical_days".to_owned(), None, days, snapshot.historical_days() as f64, from);
    }
    let smoothed = snapshot.smoothed();
    let medians = [smoothed.raw_byte_power, smoothed.renewal_rate, smoothed.filplus_rate];
    for ((name, given), median) in SMOOTHED.iter().zip(given.smoothed).zip(medians) {
        if let Some(given) = given {
            compare(
                format!("/smoothed_metrics/{name}"),
                None,
                given,
                median,
                "the last 30 days of the history as their median",
            );
        }
    }
    let today = Some(snapshot.current_date());
    let derived = [
        (snapshot.rb_power_zero(), today, "the last entry of historical_raw_power_eib, times 1024"),
        (snapshot.qa_power_zero(), today, "the last entry of historical_qa_power_eib, times 1024"),
        (snapshot.daily_burnt_fil(), None, "burnt_fil_vec as its mean increase a day"),
    ];
    for ((name, given), (value, day, from)) in DERIVED.iter().zip(given.derived).zip(derived) {
        if let Some(given) = given {
            compare(format!("/offline_data/{name}"), day, given, value, from);
        }
    }
    let data = snapshot.data();
    let yesterday = data.current_date - Days::new(1);
    let windows = [
        (
            "raw_byte_power",
            &given.raw_byte_power,
            data.current_date,
            &data.historical_onboarded_rb_power_pib,
            "historical_onboarded_rb_power_pib",
        ),
        (
            "renewal_rate",
            &given.renewal_rate,
            yesterday,
            &data.historical_renewal_rate,
            "historical_renewal_rate",
        ),
    ];
    for (name, given, last_day, history, from) in windows {
        let Some(given) = given else { continue };
        // Windows are compared from their common end, the newest first; the first difference says enough.
        let differing =
            given.iter().rev().zip(history.iter().rev()).position(|(a, b)| (a - b).abs() > AGREES * b.abs());
        if let Some(back) = differing {
            let index = given.len() - 1 - back;
            let pointer = format!("/historical_arrays/{name}/{index}");
            compare(
                pointer,
                Some(last_day - Days::new(back as u64)),
                given[index],
                history[history.len() - 1 - back],
                from,
            );
        } else if given.len() > history.len() {
            let detail = format!(
                "has {} entries where {from} has only {}; leave it out, or cut it",
                given.len(),
                history.len()
            );
            findings.add(Finding::new(format!("/historical_arrays/{name}"), detail));
            break;
        }
    }
    findings.into_result()
}

/// The fields of one object, taken out one by one.
struct Fields {
    pointer: String,
    /// Those not taken yet.
    rest: Vec<(String, Node)>,
    /// Names that were there in another form than asked for: reported once, as that, and not as missing too.
    refused: Vec<&'static str>,
}

impl Fields {
    /// The fields of `node`; refuses names other than the known ones.
    fn of(
        node: Node,
        pointer: &str,
        known: &dyn Fn() -> Vec<&'static str>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let given = match node {
            Node::Object(fields) => fields,
            Node::Duplicate(name) => {
                findings
                    .add(Finding::new(format!("{pointer}/{}", token(&name)), "is given twice; give it once"));
                return None;
            }
            other => {
                let detail = format!("is {} where an object is needed", other.kind());
                findings.add(Finding::new(pointer, detail));
                return None;
            }
        };
        let known = known();
        for (name, _) in given.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            // A hostile file has a hundred thousand unknown names, and likening each to all known ones takes seconds.
            let meant =
                if findings.is_full() { None } else { suggest::did_you_mean(name, known.iter().copied()) };
            let remedy = meant.unwrap_or_else(|| "leave it out".to_owned());
            findings.add(Finding::new(
                format!("{pointer}/{}", token(name)),
                format!("is not known here; {remedy}"),
            ));
        }
        Some(Self { pointer: pointer.to_owned(), rest: given, refused: Vec::new() })
    }

    fn take(&mut self, name: &str) -> Option<Node> {
        let position = self.rest.iter().position(|(given, _)| given == name)?;
        Some(self.rest.swap_remove(position).1)
    }

    fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    fn refuse(&mut self, name: &'static str, node: &Node, needed: &str, findings: &mut Findings) {
        let (pointer, found) = match node {
            Node::BadList { index, found } if needed == A_LIST => {
                (format!("{}/{index}", self.pointer(name)), *found)
            }
            other => (self.pointer(name), other.kind()),
        };
        let needed =
            if matches!(node, Node::BadList { .. }) && needed == A_LIST { "a number" } else { needed };
        findings.add(Finding::new(pointer, format!("is {found} where {needed} is needed")));
        self.refused.push(name);
    }

    fn missing(&self, name: &'static str, findings: &mut Findings) {
        if !self.refused.contains(&name) {
            findings.add(Finding::new(self.pointer(name), "is missing; every snapshot needs it"));
        }
    }

    fn number(&mut self, name: &'static str, findings: &mut Findings) -> Option<f64> {
        match self.take(name)? {
            Node::Number(number) => Some(number),
            other => {
                self.refuse(name, &other, "a number", findings);
                None
            }
        }
    }

    fn numbers(&mut self, name: &'static str, findings: &mut Findings) -> Option<Vec<f64>> {
        match self.take(name)? {
            Node::Numbers(numbers) => Some(numbers),
            other => {
                self.refuse(name, &other, A_LIST, findings);
                None
            }
        }
    }

    fn text(&mut self, name: &'static str, findings: &mut Findings) -> Option<String> {
        match self.take(name)? {
            Node::Text(text) => Some(text),
            other => {
                self.refuse(name, &other, "text", findings);
                None
            }
        }
    }

    fn date(&mut self, name: &'static str, findings: &mut Findings) -> Option<NaiveDate> {
        let text = self.text(name, findings)?;
        // chrono also reads signs, spaces and missing zeros, which other readers of the file would not.
        let date = text.parse().ok().filter(|date: &NaiveDate| date.to_string() == text);
        if date.is_none() {
            findings.add(Finding::new(
                self.pointer(name),
                "is no date of the calendar as YYYY-MM-DD, such as \"2025-09-09\"",
            ));
            self.refused.push(name);
        }
        date
    }

    fn required_date(&mut self, name: &'static str, findings: &mut Findings) -> Option<NaiveDate> {
        let date = self.date(name, findings);
        if date.is_none() {
            self.missing(name, findings);
        }
        date
    }

    fn object(
        &mut self,
        name: &'static str,
        known: &dyn Fn() -> Vec<&'static str>,
        findings: &mut Findings,
    ) -> Option<Self> {
        let node = self.take(name)?;
        Self::of(node, &self.pointer(name), known, findings)
    }
}

const A_LIST: &str = "a list of numbers";

/// A name as part of a JSON pointer (RFC 6901), cut where it is too long to be one of ours.
fn token(name: &str) -> String {
    name.chars().take(64).collect::<String>().replace('~', "~0").replace('/', "~1")
}
