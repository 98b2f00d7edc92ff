//! Networks to import, in the documented JSON form: one made here, and the real one of the reference data.

use std::{env, fs, io::Read as _, path::PathBuf};

use serde_json::{Value, json};

use crate::calendar::{Day, NETWORK_START};

/// A snapshot in JSON form.
#[derive(Clone, Debug)]
pub struct Network {
    /// The document as it is imported.
    pub document: Value,
}

/// The columns that cover the start date through the current date.
pub const HISTORIES: [&str; 7] = [
    "historical_raw_power_eib",
    "historical_qa_power_eib",
    "historical_onboarded_rb_power_pib",
    "historical_onboarded_qa_power_pib",
    "historical_renewed_rb_power_pib",
    "historical_renewed_qa_power_pib",
    "burnt_fil_vec",
];

/// The columns that only some sources have.
pub const SUPPLIES: [&str; 4] = ["circ_supply_vec", "locked_fil_vec", "mined_fil_vec", "vested_fil_vec"];

/// The columns that reach past the current date.
pub const FORWARD: [&str; 3] = [
    "rb_known_scheduled_expire_vec",
    "qa_known_scheduled_expire_vec",
    "known_scheduled_pledge_release_full_vec",
];

impl Network {
    /// A made-up network of Filecoin's size, `days` days up to `current`, each figure with digits down to the last bit. The
    /// seed decides the digits. With fewer known expirations than days of an ordinary forecast, so that a horizon past them
    /// is easily had.
    #[must_use]
    pub fn made_up(current: Day, days: usize, seed: u64) -> Self {
        let mut noise = Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let start = current + -(days as i64);
        let age = (start - Day::named(NETWORK_START)) as f64;
        let baseline = 2.77 * (age / 365.0).exp2();
        let mut around = |count: usize, mean: f64, spread: f64| -> Vec<f64> {
            (0..count).map(|_| mean * (1.0 + spread * (noise.next() - 0.5))).collect()
        };
        let onboarded = around(days + 1, 3.0, 1.0);
        let renewal_rate = around(days, 0.8, 0.3);
        let filplus_rate = around(181.min(days + 1), 0.8, 0.3);
        let burnt: Vec<f64> = around(days + 1, 9e3, 1.0)
            .into_iter()
            .scan(3.3e7, |sum, burnt| {
                *sum += burnt;
                Some(*sum)
            })
            .collect();
        Self {
            document: json!({
                "source": "made-up",
                "start_date": start.to_string(),
                "current_date": current.to_string(),
                "historical_arrays": {"filplus_rate": filplus_rate},
                "offline_data": {
                    "historical_raw_power_eib": around(days + 1, 4.0, 0.2),
                    "historical_qa_power_eib": around(days + 1, 20.0, 0.2),
                    "historical_onboarded_rb_power_pib": onboarded,
                    "historical_onboarded_qa_power_pib": around(days + 1, 25.0, 1.0),
                    "historical_renewed_rb_power_pib": around(days + 1, 20.0, 1.0),
                    "historical_renewed_qa_power_pib": around(days + 1, 60.0, 1.0),
                    "historical_renewal_rate": renewal_rate,
                    "burnt_fil_vec": burnt,
                    "rb_known_scheduled_expire_vec": around(300, 9.0, 2.0),
                    "qa_known_scheduled_expire_vec": around(300, 50.0, 2.0),
                    "known_scheduled_pledge_release_full_vec": around(days + 250, 3e5, 2.0),
                    "start_vested_amt": 295_824_721,
                    "zero_cum_capped_power_eib": 0.5 * baseline * (age + 1.0),
                    "init_baseline_eib": baseline,
                    "circ_supply_zero": 370_153_503.338_178,
                    "locked_fil_zero": 137_379_413.603_206,
                },
            }),
        }
    }

    /// The same with the series that only some sources have.
    #[must_use]
    pub fn with_supply(mut self) -> Self {
        let days = self.days();
        let firsts = [self.number("circ_supply_zero"), self.number("locked_fil_zero"), 3e8, 295_824_721.75];
        let steps = [120_000.25, -10_000.5, 80_000.1, 180_000.3];
        for ((name, first), step) in SUPPLIES.into_iter().zip(firsts).zip(steps) {
            let values: Vec<f64> = (0..=days).map(|day| first + step * day as f64).collect();
            self.document["offline_data"][name] = json!(values);
        }
        self
    }

    /// The real network up to 2025-09-09, where the reference data is there.
    #[must_use]
    pub fn real() -> Option<Self> {
        let bytes = reference("snapshot.json.gz")?;
        Some(Self { document: serde_json::from_slice(&bytes).expect("the reference data is JSON") })
    }

    /// The document's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.document.to_string().into_bytes()
    }

    /// The first day of the histories.
    #[must_use]
    pub fn start(&self) -> Day {
        Day::named(self.document["start_date"].as_str().expect("a start date"))
    }

    /// The newest day, where a forecast starts.
    #[must_use]
    pub fn current(&self) -> Day {
        Day::named(self.document["current_date"].as_str().expect("a current date"))
    }

    /// Days from the first to the newest.
    #[must_use]
    pub fn days(&self) -> usize {
        (self.current() - self.start()) as usize
    }

    /// A figure of `offline_data`.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.document["offline_data"][name].as_f64().unwrap_or_else(|| panic!("the network has no {name}"))
    }

    /// A column of `offline_data`.
    #[must_use]
    pub fn column(&self, name: &str) -> Vec<f64> {
        self.has(name).unwrap_or_else(|| panic!("the network has no {name}"))
    }

    /// A column of `offline_data`, if the network has it.
    #[must_use]
    pub fn has(&self, name: &str) -> Option<Vec<f64>> {
        numbers(&self.document["offline_data"][name])
    }

    /// The FIL+ rates of the days up to the newest.
    #[must_use]
    pub fn filplus_rate(&self) -> Vec<f64> {
        numbers(&self.document["historical_arrays"]["filplus_rate"]).expect("daily FIL+ rates")
    }

    /// The medians of the last 30 days that a forecast starts from: onboarding, renewal rate, FIL+ rate.
    #[must_use]
    pub fn medians(&self) -> [f64; 3] {
        [
            self.column("historical_onboarded_rb_power_pib"),
            self.column("historical_renewal_rate"),
            self.filplus_rate(),
        ]
        .map(|values| median_of_last_30(&values))
    }
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array().map(|values| values.iter().map(|value| value.as_f64().expect("a number")).collect())
}

fn median_of_last_30(values: &[f64]) -> f64 {
    let mut last = values[values.len() - 30..].to_vec();
    last.sort_by(f64::total_cmp);
    f64::midpoint(last[14], last[15])
}

/// A file of the reference data, unpacked; `None` where the data is not there.
#[must_use]
pub fn reference(name: &str) -> Option<Vec<u8>> {
    let path = reference_folder().join(name);
    let Ok(packed) = fs::read(&path) else {
        assert!(env::var_os("CI").is_none(), "reference data is missing in CI: {}", path.display());
        return None;
    };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("gzipped reference data");
    Some(bytes)
}

/// Where the reference data lies: `REFERENCE_DATA`, by default `../shared/data` from the project's root.
#[must_use]
pub fn reference_folder() -> PathBuf {
    crate::root().join(env::var_os("REFERENCE_DATA").unwrap_or_else(|| "../shared/data".into()))
}

/// xorshift64: any numbers will do, the same ones every time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
