//! The engine for web pages: a snapshot in its wire form and a request's JSON in, series out.
//!
//! It reads, forecasts and writes with the code of `/simulate`, so its numbers are those of `/simulate` to the bit.
//! `scripts/build-page` makes a browser's module of it. What crosses the border is text and arrays of doubles; everything else is
//! in [`Engine`], which tests use without a browser.

mod about;
mod engine;

pub use engine::{Columns, Engine, Refused};

use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// A network to forecast.
#[wasm_bindgen]
pub struct Network(Engine);

#[wasm_bindgen]
impl Network {
    /// Reads a snapshot in its wire form, as `/snapshot/current` gives it.
    ///
    /// # Errors
    /// When the bytes are no snapshot, or one of a newer release.
    #[wasm_bindgen(constructor)]
    pub fn new(wire: &[u8]) -> Result<Network, JsError> {
        Engine::new(wire).map(Self).map_err(|error| JsError::new(&error.to_string()))
    }

    /// What can be asked, as JSON: the network's dates, the fields of a request with their defaults today, the series.
    #[must_use]
    pub fn about(&self) -> String {
        self.0.about()
    }

    /// Daily series from the start of the history to the horizon, one after the other, and what goes with them as JSON.
    ///
    /// # Errors
    /// The refused fields, as JSON: `[{"pointer", "detail"}]`.
    pub fn forecast(&self, request: &str, today: &str) -> Result<Forecast, String> {
        self.0.columns(request, today).map(Forecast).map_err(|refused| refused.to_json())
    }

    /// The body of `POST /simulate` for this request.
    ///
    /// # Errors
    /// As [`Self::forecast`].
    pub fn json(&self, request: &str, today: &str) -> Result<String, String> {
        self.0.json(request, today).map_err(|refused| refused.to_json())
    }

    /// The body of `POST /simulate` with `Accept: text/csv` for this request.
    ///
    /// # Errors
    /// As [`Self::forecast`].
    pub fn csv(&self, request: &str, today: &str) -> Result<String, String> {
        self.0.csv(request, today).map_err(|refused| refused.to_json())
    }
}

#[cfg(feature = "sweep")]
#[wasm_bindgen]
impl Network {
    /// The body of `POST /simulate/sweep` for this request, without the ends of the single runs.
    ///
    /// # Errors
    /// As [`Network::forecast`].
    pub fn sweep(&self, request: &str) -> Result<String, String> {
        self.0.sweep(request).map_err(|refused| refused.to_json())
    }
}

/// What [`Network::forecast`] answers.
#[wasm_bindgen]
pub struct Forecast(Columns);

#[wasm_bindgen]
impl Forecast {
    /// `input` and `warnings`, as in the reply of `/simulate`.
    #[must_use]
    pub fn head(&mut self) -> String {
        std::mem::take(&mut self.0.head)
    }

    /// The values, series after series in the order asked for, a day each; NaN where there is none.
    #[must_use]
    pub fn values(&mut self) -> Vec<f64> {
        std::mem::take(&mut self.0.values)
    }
}
