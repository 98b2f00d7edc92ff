//! The wire form: how a snapshot lies in storage between the function that publishes it and those that read it.
//!
//! All integers and floats are little-endian. A header of 16 bytes:
//!
//! | bytes | |
//! |---|---|
//! | 0..4 | `MFSN` |
//! | 4..8 | version, `u32` |
//! | 8..12 | length of the body, `u32` |
//! | 12..16 | CRC-32 (ISO-HDLC) of bytes 0..12 and the body |
//!
//! then the body: start date and current date (`i32`, days since 0000-12-31), length of the source's name (`u32`), number of
//! FIL+ rates (`u32`, 2^32 - 1 = only their median follows, as one number), number of entries of each column in the
//! order of the column table (`u32`, 2^32 - 1 = the source lacks it); the source's name; then as `f64` the start values, the
//! FIL+ rates, and column after column.
//!
//! Columns are raw doubles: to the bit lossless, and decoding is a copy. Delta coding (XOR with the day before, without
//! leading and trailing zero bytes) was measured on a real snapshot and saves a quarter of its 109 kB, DEFLATE over
//! transposed bytes a third; neither is worth a slower path through every cold start.
//!
//! The checksum finds every damaged byte, and every burst of up to 32 bits, with certainty. What it covers was validated when
//! it was written; decoding checks the shape again, on which the code relies, but not the plausibility, so that a
//! stricter rule in a later release does not make a stored snapshot unreadable.

use chrono::{Datelike, NaiveDate};

use crate::{
    columns::{COLUMNS, START_VALUES},
    data::{FilplusRate, SnapshotData},
    validation::{self, LONGEST_COLUMN, Refused},
};

/// A version of the wire form.
struct Version {
    number: u32,
    /// How many of the columns it has: the first so many of the column table, which only ever grows at its end.
    columns: usize,
}

/// Every version that is read. What was stored by an earlier release stays readable, so rows are added and never removed.
const VERSIONS: [Version; 1] = [Version { number: 1, columns: 15 }];

const NEWEST: &Version = &VERSIONS[VERSIONS.len() - 1];

/// The version of the wire form that this release writes, and the newest that it reads.
pub const VERSION: u32 = NEWEST.number;

/// A new column needs a new version, and has to be one that earlier snapshots may lack.
const _: () = {
    assert!(NEWEST.columns == COLUMNS.len(), "a column was added without a version that has it");
    let mut added = VERSIONS[0].columns;
    while added < COLUMNS.len() {
        assert!(COLUMNS[added].optional, "snapshots stored by earlier releases lack this column");
        added += 1;
    }
};

const MAGIC: [u8; 4] = *b"MFSN";
const HEADER: usize = 16;
/// In place of a number of entries: there is no such list.
const ABSENT: u32 = u32::MAX;

/// Why bytes are no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes do not start as a snapshot does.
    #[error("these bytes are no snapshot; publish one again (update the cache, or import one)")]
    NotASnapshot,
    /// Written in a version that this release does not know.
    #[error(
        "the snapshot has wire version {found} and this release reads versions up to {VERSION}: a newer release wrote it; \
         deploy that release again, or publish the snapshot again with this one"
    )]
    Version {
        /// The version that the bytes name.
        found: u32,
    },
    /// Cut short, or with something behind its end.
    #[error(
        "the snapshot should have {expected} bytes and has {found}; publish it again, or restore an archived one"
    )]
    Length {
        /// The length that the header names.
        expected: u64,
        /// The length found.
        found: u64,
    },
    /// The checksum says that a byte has changed.
    #[error("the snapshot is damaged (its checksum is wrong); publish it again, or restore an archived one")]
    Damaged,
    /// The checksum is right, but the body is not what the version promises.
    #[error("the snapshot was written wrongly: {0}; publish it again")]
    Body(&'static str),
    /// The body reads well, but its figures are not a snapshot's.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// The wire form of figures, in the newest version.
pub(crate) fn encode(data: &SnapshotData) -> Vec<u8> {
    seal(VERSION, &body_of(data))
}

/// Reads the wire form in any version; also gives its checksum. The shape of what it gives is right.
pub(crate) fn decode(bytes: &[u8]) -> Result<(SnapshotData, u32), WireError> {
    let (version, body, checksum) = open(bytes)?;
    let data = read_body(version, body)?;
    validation::shape(&data)?;
    Ok((data, checksum))
}

/// The checksum that the wire form of these figures carries.
pub(crate) fn fingerprint(data: &SnapshotData) -> u32 {
    open(&encode(data)).map_or(0, |(_, _, checksum)| checksum)
}

fn body_of(data: &SnapshotData) -> Vec<u8> {
    let (filplus_count, filplus) = match &data.filplus_rate {
        FilplusRate::Daily(rates) => (count(rates), rates.as_slice()),
        FilplusRate::Median(rate) => (ABSENT, std::slice::from_ref(rate)),
    };
    let columns = COLUMNS.each_ref().map(|column| (column.get)(data));

    let numbers = START_VALUES.len()
        + filplus.len()
        + columns.iter().flatten().map(|values| values.len()).sum::<usize>();
    let mut body = Vec::with_capacity(4 * (4 + COLUMNS.len()) + data.source.len() + 8 * numbers);
    body.extend_from_slice(&data.start_date.num_days_from_ce().to_le_bytes());
    body.extend_from_slice(&data.current_date.num_days_from_ce().to_le_bytes());
    body.extend_from_slice(&(data.source.len() as u32).to_le_bytes());
    body.extend_from_slice(&filplus_count.to_le_bytes());
    for column in columns {
        body.extend_from_slice(&column.map_or(ABSENT, |values| count(values)).to_le_bytes());
    }
    body.extend_from_slice(data.source.as_bytes());
    write_all(&mut body, &START_VALUES.each_ref().map(|start_value| (start_value.get)(data)));
    write_all(&mut body, filplus);
    for values in columns.into_iter().flatten() {
        write_all(&mut body, values);
    }
    body
}

/// Puts the header before a body.
fn seal(version: u32, body: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(HEADER + body.len());
    wire.extend_from_slice(&MAGIC);
    wire.extend_from_slice(&version.to_le_bytes());
    wire.extend_from_slice(&(body.len() as u32).to_le_bytes());
    let checksum = checksum(&wire, body);
    wire.extend_from_slice(&checksum.to_le_bytes());
    wire.extend_from_slice(body);
    wire
}

fn count(values: &[f64]) -> u32 {
    values.len() as u32
}

fn write_all(wire: &mut Vec<u8>, values: &[f64]) {
    for value in values {
        wire.extend_from_slice(&value.to_le_bytes());
    }
}

fn checksum(header: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(body);
    hasher.finalize()
}

/// Checks the header; gives the version, the body and its checksum.
fn open(bytes: &[u8]) -> Result<(&'static Version, &[u8], u32), WireError> {
    let mut reader = Reader(bytes);
    if reader.take(MAGIC.len()) != Some(&MAGIC) {
        return Err(WireError::NotASnapshot);
    }
    let cut_short = WireError::Length { expected: HEADER as u64, found: bytes.len() as u64 };
    let (Some(version), Some(length), Some(promised)) = (reader.u32(), reader.u32(), reader.u32()) else {
        return Err(cut_short);
    };
    let Some(version) = VERSIONS.iter().find(|known| known.number == version) else {
        return Err(WireError::Version { found: version });
    };
    let expected = HEADER as u64 + u64::from(length);
    if expected != bytes.len() as u64 {
        return Err(WireError::Length { expected, found: bytes.len() as u64 });
    }
    let (header, body) = (&bytes[..12], &bytes[HEADER..]);
    if checksum(header, body) != promised {
        return Err(WireError::Damaged);
    }
    Ok((version, body, promised))
}

fn read_body(version: &Version, body: &[u8]) -> Result<SnapshotData, WireError> {
    const ENDS_EARLY: WireError = WireError::Body("it ends before its figures do");
    let mut reader = Reader(body);
    let start_date = reader.date()?;
    let current_date = reader.date()?;
    let source_length = reader.u32().ok_or(ENDS_EARLY)? as usize;
    let filplus_count = reader.u32().ok_or(ENDS_EARLY)?;
    let mut counts = [ABSENT; COLUMNS.len()];
    for count in &mut counts[..version.columns.min(COLUMNS.len())] {
        *count = reader.u32().ok_or(ENDS_EARLY)?;
    }
    let source = reader.take(source_length).ok_or(ENDS_EARLY)?;
    let source = std::str::from_utf8(source).map_err(|_| WireError::Body("its source's name is no UTF-8"))?;

    let mut data = SnapshotData::empty(source.to_owned(), start_date, current_date);
    for (start_value, value) in
        START_VALUES.iter().zip(reader.numbers(START_VALUES.len() as u32).ok_or(ENDS_EARLY)?)
    {
        (start_value.set)(&mut data, value);
    }
    data.filplus_rate = if filplus_count == ABSENT {
        FilplusRate::Median(reader.numbers(1).and_then(|mut rate| rate.pop()).ok_or(ENDS_EARLY)?)
    } else {
        FilplusRate::Daily(reader.numbers(filplus_count).ok_or(ENDS_EARLY)?)
    };
    for (column, count) in COLUMNS.iter().zip(counts) {
        if count != ABSENT {
            (column.set)(&mut data, reader.numbers(count).ok_or(ENDS_EARLY)?);
        } else if !column.optional {
            return Err(WireError::Body("it lacks a column that every snapshot has"));
        }
    }
    if reader.0.is_empty() { Ok(data) } else { Err(WireError::Body("it goes on after its figures")) }
}

/// Takes pieces off the front of bytes, never past their end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*bytes))
    }

    fn date(&mut self) -> Result<NaiveDate, WireError> {
        let days = self.u32().ok_or(WireError::Body("it ends before its dates do"))?.cast_signed();
        NaiveDate::from_num_days_from_ce_opt(days)
            .ok_or(WireError::Body("its dates are none of the calendar"))
    }

    /// Reads `count` numbers; allocates only once that many bytes are known to be there.
    fn numbers(&mut self, count: u32) -> Option<Vec<f64>> {
        let count = usize::try_from(count).ok().filter(|count| *count <= LONGEST_COLUMN + 1)?;
        let (chunks, _) = self.take(8 * count)?.as_chunks();
        Some(chunks.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_that_promises_more_than_it_holds_is_refused_without_making_room_for_it() {
        let mut body = vec![0; 4 * (4 + COLUMNS.len())];
        for promised in [LONGEST_COLUMN as u32, LONGEST_COLUMN as u32 + 2, ABSENT - 1] {
            body[12..16].copy_from_slice(&promised.to_le_bytes());
            assert!(matches!(decode(&seal(VERSION, &body)), Err(WireError::Body(_))));
        }
    }

    /// Bytes as a release would have written them whose table ended before the last four columns.
    #[test]
    fn a_version_with_fewer_columns_is_read_and_lacks_only_what_it_never_had() {
        const FEWER: Version = Version { number: 0, columns: 11 };
        let day = |date: &str| -> NaiveDate { date.parse().unwrap() };
        let mut data = SnapshotData::empty("test".to_owned(), day("2025-01-01"), day("2025-01-03"));
        for column in &COLUMNS[..FEWER.columns] {
            (column.set)(&mut data, vec![1.5, 2.5]);
        }
        for start_value in &START_VALUES {
            (start_value.set)(&mut data, 7.25);
        }
        data.filplus_rate = FilplusRate::Median(0.5);
        let newest = body_of(&data);
        // The counts of the columns follow two dates and two other counts.
        let counts = 4 * 4;
        let cut = counts + 4 * FEWER.columns..counts + 4 * COLUMNS.len();
        let older: Vec<u8> = [&newest[..cut.start], &newest[cut.end..]].concat();
        assert_eq!(read_body(&FEWER, &older).unwrap(), data);
        assert_eq!(data.circ_supply_vec, None);
    }

    proptest! {
        #[test]
        fn whatever_lies_under_a_right_checksum_is_read_or_refused_but_never_panics(body in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(decode(&seal(VERSION, &body)).is_err());
        }
    }
}
