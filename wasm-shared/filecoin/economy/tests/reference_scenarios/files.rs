//! The reference data's files: snapshots and scenarios, gzipped JSON.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use economy::{Assumptions, Control, Forecast, LockedSign, Weighting};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[path = "../../testing/network.rs"]
mod network;
use network::Network;

/// The folder with the snapshots, and the scenarios in folders below.
pub(crate) struct ReferenceData(PathBuf);

impl ReferenceData {
    pub(crate) fn locate() -> Self {
        let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
        Self(std::env::var_os("REFERENCE_DATA").map_or_else(default, PathBuf::from))
    }

    /// All scenarios, sorted. A folder that is not there has none.
    pub(crate) fn scenario_paths(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = ["scenarios", "scenarios-full"]
            .into_iter()
            .filter_map(|folder| self.0.join(folder).read_dir().ok())
            .flatten()
            .map(|entry| entry.expect("a folder that can be listed").path())
            .filter(|path| path.to_string_lossy().ends_with(".json.gz"))
            .collect();
        paths.sort();
        paths
    }

    pub(crate) fn snapshot(&self, name: &str) -> Snapshot {
        read_json(&self.0.join(format!("{name}.gz")))
    }
}

impl fmt::Display for ReferenceData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> T {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = std::io::read_to_string(GzDecoder::new(file));
    let value = text.map_err(serde_json::Error::io).and_then(|text| serde_json::from_str(&text));
    value.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[derive(Deserialize)]
pub(crate) struct Snapshot {
    network_start: NaiveDate,
    start_date: NaiveDate,
    current_date: NaiveDate,
    pub(crate) smoothed_metrics: HashMap<String, f64>,
    #[serde(default)]
    pub(crate) historical_arrays: HashMap<String, Vec<f64>>,
    offline_data: OfflineData,
}

#[derive(Deserialize)]
struct OfflineData {
    historical_raw_power_eib: Vec<f64>,
    historical_qa_power_eib: Vec<f64>,
    historical_onboarded_rb_power_pib: Vec<f64>,
    historical_onboarded_qa_power_pib: Vec<f64>,
    historical_renewed_rb_power_pib: Vec<f64>,
    historical_renewed_qa_power_pib: Vec<f64>,
    burnt_fil_vec: Vec<f64>,
    historical_renewal_rate: Vec<f64>,
    rb_known_scheduled_expire_vec: Vec<f64>,
    qa_known_scheduled_expire_vec: Vec<f64>,
    known_scheduled_pledge_release_full_vec: Vec<f64>,
    rb_power_zero: f64,
    qa_power_zero: f64,
    start_vested_amt: f64,
    zero_cum_capped_power_eib: f64,
    init_baseline_eib: f64,
    circ_supply_zero: f64,
    locked_fil_zero: f64,
    daily_burnt_fil: f64,
}

impl Snapshot {
    fn network(&self) -> Network {
        let data = &self.offline_data;
        Network {
            start_day: u32::try_from((self.start_date - self.network_start).num_days())
                .expect("a start date"),
            raw_power_eib: data.historical_raw_power_eib.clone(),
            qa_power_eib: data.historical_qa_power_eib.clone(),
            onboarded_raw_pib: data.historical_onboarded_rb_power_pib.clone(),
            onboarded_qa_pib: data.historical_onboarded_qa_power_pib.clone(),
            renewed_raw_pib: data.historical_renewed_rb_power_pib.clone(),
            renewed_qa_pib: data.historical_renewed_qa_power_pib.clone(),
            burnt_fil: data.burnt_fil_vec.clone(),
            renewal_rate: data.historical_renewal_rate.clone(),
            raw_known_expirations_pib: data.rb_known_scheduled_expire_vec.clone(),
            qa_known_expirations_pib: data.qa_known_scheduled_expire_vec.clone(),
            known_pledge_release_fil: data.known_scheduled_pledge_release_full_vec.clone(),
            raw_power_zero_pib: data.rb_power_zero,
            qa_power_zero_pib: data.qa_power_zero,
            start_vested_fil: data.start_vested_amt,
            zero_cum_capped_power_eib: data.zero_cum_capped_power_eib,
            init_baseline_eib: data.init_baseline_eib,
            circ_supply_zero_fil: data.circ_supply_zero,
            locked_zero_fil: data.locked_fil_zero,
            daily_burnt_fil: data.daily_burnt_fil,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// The snapshot's file name, without the compression's suffix.
    pub(crate) data: String,
    inputs: Inputs,
    semantics: Semantics,
    pub(crate) lengths: BTreeMap<String, usize>,
    pub(crate) aliases: BTreeMap<String, String>,
    /// Series to `nan`, `inf` or `-inf` to half-open index ranges.
    pub(crate) nonfinite: BTreeMap<String, BTreeMap<String, Vec<[usize; 2]>>>,
    pub(crate) outputs: BTreeMap<String, Vec<Option<f64>>>,
    /// Length of a series to the indices its outputs are sampled at; absent where outputs hold every day.
    pub(crate) indices_by_length: Option<BTreeMap<usize, Vec<usize>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    start_date: NaiveDate,
    current_date: NaiveDate,
    forecast_length: usize,
    sector_duration: usize,
    rbp: Input,
    rr: Input,
    fpr: Input,
    lock_target: Input,
    fil_plus_m: Input,
    qa_renew_relative_multiplier: Input,
    gamma: Input,
    gamma_weight_type: Input,
    use_available_supply: bool,
    baseline_eib: Option<Vec<f64>>,
}

#[derive(Deserialize)]
struct Semantics {
    available_supply_sign: i8,
    lambda: f64,
    historical_gamma: f64,
    historical_gamma_weight_type: f64,
    historical_lock_target: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Constant(f64),
    Daily(Vec<f64>),
}

impl Input {
    fn control(&self) -> Control<'_> {
        match self {
            Self::Constant(value) => Control::Constant(*value),
            Self::Daily(values) => Control::Daily(values),
        }
    }

    fn weightings(&self) -> Vec<Weighting> {
        match self {
            Self::Constant(number) => vec![weighting(*number)],
            Self::Daily(numbers) => numbers.iter().copied().map(weighting).collect(),
        }
    }
}

fn weighting(number: f64) -> Weighting {
    match number {
        0.0 => Weighting::Arithmetic,
        1.0 => Weighting::Geometric,
        2.0 => Weighting::Harmonic,
        other => panic!("gamma weight type {other}"),
    }
}

impl Scenario {
    pub(crate) fn read(path: &Path) -> Self {
        read_json(path)
    }

    pub(crate) fn forecast(&self, snapshot: &Snapshot) -> Forecast {
        let (inputs, semantics) = (&self.inputs, &self.semantics);
        assert_eq!(
            (inputs.start_date, inputs.current_date),
            (snapshot.start_date, snapshot.current_date),
            "{}: dates of scenario and snapshot",
            self.name
        );
        // These two the model keeps for itself.
        assert_eq!(semantics.historical_gamma_weight_type, 0.0, "{}", self.name);
        assert_eq!(
            semantics.historical_lock_target,
            economy::constants::HISTORICAL_LOCK_TARGET,
            "{}",
            self.name
        );

        let weightings = inputs.gamma_weight_type.weightings();
        let assumptions = Assumptions {
            forecast_days: inputs.forecast_length,
            sector_duration_days: inputs.sector_duration,
            onboarding_raw_pib: inputs.rbp.control(),
            renewal_rate: inputs.rr.control(),
            fil_plus_rate: inputs.fpr.control(),
            fil_plus_multiplier: inputs.fil_plus_m.control(),
            qa_renewal_multiplier: inputs.qa_renew_relative_multiplier.control(),
            lock_target: inputs.lock_target.control(),
            gamma: inputs.gamma.control(),
            historical_gamma: Control::Constant(semantics.historical_gamma),
            weighting: match &inputs.gamma_weight_type {
                Input::Constant(_) => Control::Constant(weightings[0]),
                Input::Daily(_) => Control::Daily(&weightings),
            },
            use_available_supply: inputs.use_available_supply,
            locked_sign: match semantics.available_supply_sign {
                1 => LockedSign::Added,
                -1 => LockedSign::Subtracted,
                other => panic!("{}: available supply sign {other}", self.name),
            },
            lambda: semantics.lambda,
            baseline_eib: inputs.baseline_eib.as_deref(),
            daily_burnt_fil: None,
        };
        economy::forecast(&snapshot.network().history(), &assumptions)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}
