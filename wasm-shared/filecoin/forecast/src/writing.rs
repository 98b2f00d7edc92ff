//! Writing an answer: as JSON, and as a table.
//!
//! Numbers are most of an answer, and their digits most of the time that it takes. So they go straight from the model's
//! arrays into one buffer, and digits that are already there are copied: those of a series of another name, and those of
//! the day before where a value stays the same.

use std::{fmt::Write as _, io, ops::Range};

use economy::Series;

use crate::{Answer, Values};

/// Bytes of a number with what stands around it, on the safe side of the average.
const BYTES_A_NUMBER: usize = 20;
/// Bytes of the reply that are no series.
const BYTES_BESIDE: usize = 4096;
/// Bytes of what a reply says of each series beside its values.
const BYTES_A_SERIES: usize = 480;

impl Answer<'_> {
    /// The answer as JSON: the reply of `/simulate`. Numbers have their shortest decimals that read back the same to the
    /// bit; a number that is not finite is null.
    ///
    /// # Errors
    /// None that is known: nothing in an answer has no form in JSON.
    pub fn to_json(&self) -> io::Result<Vec<u8>> {
        let count = self.series().count();
        let numbers = count * (self.sampling().len() + 1);
        let mut json = Vec::with_capacity(numbers * BYTES_A_NUMBER + count * BYTES_A_SERIES + BYTES_BESIDE);
        json.extend_from_slice(b"{\"input\":");
        serde_json::to_writer(&mut json, &self.input())?;
        json.extend_from_slice(b",\"simulation_output\":{");
        self.write_series(&mut json);
        json.extend_from_slice(b"},\"warnings\":");
        serde_json::to_writer(&mut json, self.warnings())?;
        // Two members, written as an object that goes on the one begun above.
        json.push(b',');
        let beside = json.len();
        serde_json::to_writer(&mut json, &self.about())?;
        json.remove(beside);
        Ok(json)
    }

    fn write_series(&self, json: &mut Vec<u8>) {
        let mut written: [Option<Range<usize>>; Series::COUNT] = [const { None }; Series::COUNT];
        for (nth, (series, values)) in self.series().enumerate() {
            if nth > 0 {
                json.push(b',');
            }
            json.push(b'"');
            json.extend_from_slice(series.name().as_bytes());
            json.extend_from_slice(b"\":");
            let original = series.alias_of().unwrap_or(series) as usize;
            let start = json.len();
            match &written[original] {
                Some(same) => json.extend_from_within(same.clone()),
                None => write_list(json, &values, series.is_integer()),
            }
            written[original] = Some(start..json.len());
        }
    }

    /// The answer as a table: `date`, then a column a series; an empty cell where there is no value.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let columns: Vec<_> = self.series().collect();
        let mut table =
            String::with_capacity((columns.len() + 1) * (self.sampling().len() + 1) * BYTES_A_NUMBER);
        table.push_str("date");
        for (series, _) in &columns {
            table.push(',');
            table.push_str(series.name());
        }
        table.push_str("\r\n");
        let mut digits = zmij::Buffer::new();
        for (date, index) in self.sampling().dates().zip(self.sampling()) {
            // Writing to a String does not fail.
            let _ = write!(table, "{date}");
            for (series, values) in &columns {
                table.push(',');
                if let Some(value) = values.at(index) {
                    table.push_str(shown(&mut digits, value, series.is_integer()));
                }
            }
            table.push_str("\r\n");
        }
        table
    }
}

fn write_list(json: &mut Vec<u8>, values: &Values<'_>, whole: bool) {
    let mut digits = zmij::Buffer::new();
    let mut last: Option<(u64, Text)> = None;
    json.push(b'[');
    for (nth, value) in values.iter().enumerate() {
        if nth > 0 {
            json.push(b',');
        }
        let Some(value) = value else {
            json.extend_from_slice(b"null");
            continue;
        };
        let text = match last {
            Some((bits, text)) if bits == value.to_bits() => text,
            _ => Text::of(shown(&mut digits, value, whole).as_bytes()),
        };
        text.write(json);
        last = Some((value.to_bits(), text));
    }
    json.push(b']');
}

/// The digits of a number, which are 1 to 24 bytes, with zeros behind them.
///
/// All copies are of a length that the compiler knows, so each is a few loads and stores. In WebAssembly a copy of any other
/// length is a call out of the module (`memory.copy`), which takes about as long as making the digits.
#[derive(Clone, Copy)]
struct Text {
    bytes: [u8; Text::ROOM],
    length: usize,
}

impl Text {
    const ROOM: usize = 32;

    /// The first `ROOM` bytes of a text.
    fn of(text: &[u8]) -> Self {
        let length = text.len().min(Self::ROOM);
        let mut bytes = [0; Self::ROOM];
        // The beginning and the end, which overlap.
        if !(copy_ends::<16>(text, &mut bytes) || copy_ends::<8>(text, &mut bytes)) {
            for (to, from) in bytes.iter_mut().zip(text) {
                *to = *from;
            }
        }
        Self { bytes, length }
    }

    fn write(&self, json: &mut Vec<u8>) {
        let end = json.len() + self.length;
        json.extend_from_slice(&self.bytes);
        json.truncate(end);
    }
}

/// Copies the first N and the last N bytes of `text` to where they belong in `to`; `false` where these are not all of it.
fn copy_ends<const N: usize>(text: &[u8], to: &mut [u8]) -> bool {
    let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) else { return false };
    let start = text.len() - N;
    let (Some(head), true) = (to.first_chunk_mut::<N>(), start <= N) else { return false };
    *head = *first;
    let Some(tail) = to.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<N>) else { return false };
    *tail = *last;
    true
}

/// A number in its shortest digits; a whole one of a series of whole numbers without its `.0`.
fn shown(digits: &mut zmij::Buffer, value: f64, whole: bool) -> &str {
    let text = digits.format_finite(value);
    if whole { text.strip_suffix(".0").unwrap_or(text) } else { text }
}
