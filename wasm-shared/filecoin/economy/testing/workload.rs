//! What is measured natively and as WebAssembly: an ordinary forecast with all series.

#[path = "network.rs"]
mod network;
#[path = "ordinary.rs"]
mod ordinary;
#[path = "synthetic.rs"]
mod synthetic;

use std::hint::black_box;

use economy::{Forecast, Series, forecast};
use network::Network;
use ordinary::Ordinary;

/// Days from the start date to the current date in the reference data.
const HISTORY_DAYS: usize = 1065;

/// The inputs of a forecast, made once.
pub(crate) struct Workload {
    network: Network,
    ordinary: Ordinary,
}

impl Workload {
    pub(crate) fn new(forecast_days: usize) -> Self {
        let network = Network::synthetic(HISTORY_DAYS);
        let ordinary = Ordinary::new(&network, forecast_days);
        Self { network, ordinary }
    }

    /// One forecast; the optimiser knows neither its inputs nor that its result is not looked at.
    pub(crate) fn run(&self) -> Forecast {
        let result = forecast(black_box(&self.network.history()), black_box(&self.ordinary.assumptions()));
        match black_box(result) {
            Ok(forecast) => forecast,
            Err(error) => panic!("{error}"),
        }
    }

    /// A number that differs if any bit of any value of any series does (FNV-1a over all of them), in 52 bits so that
    /// JavaScript can hold it.
    pub(crate) fn fingerprint(&self) -> f64 {
        let forecast = self.run();
        let values = Series::ALL.into_iter().flat_map(|series| forecast.series(series));
        let hash = values.fold(0xcbf2_9ce4_8422_2325_u64, |hash, value| {
            (hash ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3)
        });
        (hash >> 12) as f64
    }
}
