use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    columns::{COLUMNS, START_VALUES},
    data::NETWORK_START,
    snapshot::Snapshot,
};

/// Largest whole number up to which every double that is whole is written exactly as an integer.
const EXACT: f64 = 9_007_199_254_740_992.0;

const INDEX_CONVENTIONS: [(&str, &str); 5] = [
    (
        "historical_*_power*, *_vec of FIL",
        "entry i is start_date + i, for 0..=historical_days (current_date is the last entry)",
    ),
    (
        "historical_renewal_rate",
        "entry i is start_date + i, for 0..historical_days (current_date is not included)",
    ),
    ("rb/qa_known_scheduled_expire_vec", "entry i is current_date + i"),
    ("known_scheduled_pledge_release_full_vec", "entry i is start_date + i"),
    ("historical_arrays", "raw_byte_power and filplus_rate end at current_date, renewal_rate the day before"),
];

const UNITS: [(&str, &str); 8] = [
    ("*_eib", "EiB (2^60 bytes)"),
    ("*_pib, smoothed_metrics.raw_byte_power", "PiB (2^50 bytes) per day"),
    ("rb_power_zero, qa_power_zero", "PiB, at current_date"),
    ("rb/qa_known_scheduled_expire_vec", "PiB per day"),
    ("known_scheduled_pledge_release_full_vec, daily_burnt_fil", "FIL per day"),
    ("*_fil_vec, circ_supply_vec, circ_supply_zero, locked_fil_zero, start_vested_amt", "FIL"),
    ("zero_cum_capped_power_eib", "EiB-days, from genesis through start_date"),
    ("*_rate", "a fraction of 1"),
];

pub(super) fn export(snapshot: &Snapshot) -> Vec<u8> {
    // Writing to memory cannot fail, and neither can a snapshot: its numbers are finite, its keys text.
    serde_json::to_vec(&Document(snapshot)).unwrap_or_default()
}

struct Document<'a>(&'a Snapshot);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.0;
        let (start, current) = (snapshot.start_date(), snapshot.current_date());
        let description = format!(
            "Filecoin's daily network statistics from {start} to {current} (source: {})",
            snapshot.source()
        );
        let smoothed = snapshot.smoothed();
        let medians = [
            ("raw_byte_power", smoothed.raw_byte_power),
            ("renewal_rate", smoothed.renewal_rate),
            ("filplus_rate", smoothed.filplus_rate),
        ];
        let mut arrays = vec![
            ("raw_byte_power", snapshot.raw_byte_power_window()),
            ("renewal_rate", snapshot.renewal_rate_window()),
        ];
        if let crate::FilplusRate::Daily(rates) = &snapshot.data().filplus_rate {
            arrays.push(("filplus_rate", rates));
        }

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("description", &description)?;
        map.serialize_entry("source", snapshot.source())?;
        map.serialize_entry("network_start", &NETWORK_START)?;
        map.serialize_entry("start_date", &start)?;
        map.serialize_entry("current_date", &current)?;
        map.serialize_entry("historical_days", &snapshot.historical_days())?;
        map.serialize_entry("index_conventions", &Entries(&INDEX_CONVENTIONS))?;
        map.serialize_entry("units", &Entries(&UNITS))?;
        map.serialize_entry("smoothed_metrics", &Entries(&medians))?;
        map.serialize_entry("historical_arrays", &Entries(&arrays))?;
        map.serialize_entry("offline_data", &OfflineData(snapshot))?;
        map.end()
    }
}

struct OfflineData<'a>(&'a Snapshot);

impl Serialize for OfflineData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.0;
        let data = snapshot.data();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("rb_power_zero", &snapshot.rb_power_zero())?;
        map.serialize_entry("qa_power_zero", &snapshot.qa_power_zero())?;
        map.serialize_entry("daily_burnt_fil", &snapshot.daily_burnt_fil())?;
        for start_value in &START_VALUES {
            map.serialize_entry(start_value.name, &Figure((start_value.get)(data)))?;
        }
        for column in &COLUMNS {
            if let Some(values) = (column.get)(data) {
                map.serialize_entry(column.name, values)?;
            }
        }
        map.end()
    }
}

/// A number; a whole one is written without a fraction, as FIL vested at the start is by tradition.
struct Figure(f64);

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && (0.0..EXACT).contains(&self.0) && self.0.is_sign_positive() {
            serializer.serialize_u64(self.0 as u64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// An object written from a list of its entries, in their order.
struct Entries<'a, V>(&'a [(&'static str, V)]);

impl<V: Serialize> Serialize for Entries<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
