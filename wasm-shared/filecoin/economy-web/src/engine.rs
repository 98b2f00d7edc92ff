use chrono::NaiveDate;
use forecast::{Answer, Question, Refusal, Scope};
use network_data::{Snapshot, calendar::Resolution, wire::WireError};
use serde_json::{Map, Value, json};

use crate::about;

/// A network, ready to be forecast.
pub struct Engine {
    snapshot: Snapshot,
}

/// Daily series, and what goes with them.
pub struct Columns {
    /// `input` and `warnings` of the reply, as JSON.
    pub head: String,
    /// The values, series after series; NaN where there is none.
    pub values: Vec<f64>,
}

/// Why a request is not answered.
#[derive(Debug)]
pub struct Refused(pub Vec<Refusal>);

impl Refused {
    fn whole(error: &dyn std::fmt::Display) -> Self {
        Self(vec![Refusal { pointer: String::new(), detail: error.to_string() }])
    }

    /// The refused fields as the problem of `/simulate` lists them.
    #[must_use]
    pub fn to_json(&self) -> String {
        let each = self.0.iter().map(|refusal| json!({"pointer": refusal.pointer, "detail": refusal.detail}));
        each.collect::<Value>().to_string()
    }
}

impl Engine {
    /// Reads a snapshot in its wire form.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn new(wire: &[u8]) -> Result<Self, WireError> {
        Ok(Self { snapshot: Snapshot::from_wire(wire)? })
    }

    /// What can be asked of this network, as JSON.
    #[must_use]
    pub fn about(&self) -> String {
        about::about(&self.snapshot).to_string()
    }

    /// Daily series with the history before the forecast.
    ///
    /// # Errors
    /// What of the request is not possible.
    pub fn columns(&self, request: &str, today: &str) -> Result<Columns, Refused> {
        let answer = self.answer(request, today, Scope::WithHistory, Resolution::Daily)?;
        let forecast_days = answer.days() - self.snapshot.historical_days();
        let about_data =
            parsed(today).map(|today| forecast::data_warnings(&self.snapshot, forecast_days, today))?;
        let mut values = Vec::with_capacity(answer.series().count() * answer.sampling().len());
        for (_, series) in answer.series() {
            values.extend(series.iter().map(|value| value.unwrap_or(f64::NAN)));
        }
        let head = json!({
            "input": serde_json::to_value(answer.input()).unwrap_or_default(),
            "warnings": answer.warnings(),
            // Those among them that hold whatever is assumed.
            "about_data": about_data,
        });
        Ok(Columns { head: head.to_string(), values })
    }

    /// The JSON of `POST /simulate`.
    ///
    /// # Errors
    /// What of the request is not possible.
    pub fn json(&self, request: &str, today: &str) -> Result<String, Refused> {
        let answer = self.answer(request, today, Scope::Forecast, Resolution::Weekly)?;
        let written = answer.to_json().map_err(|error| Refused::whole(&error))?;
        String::from_utf8(written).map_err(|error| Refused::whole(&error))
    }

    /// The table of `POST /simulate`.
    ///
    /// # Errors
    /// What of the request is not possible.
    pub fn csv(&self, request: &str, today: &str) -> Result<String, Refused> {
        Ok(self.answer(request, today, Scope::Forecast, Resolution::Weekly)?.to_csv())
    }

    /// The JSON of `POST /simulate/sweep`, without the ends of the single runs.
    ///
    /// # Errors
    /// What of the request is not possible.
    #[cfg(feature = "sweep")]
    pub fn sweep(&self, request: &str) -> Result<String, Refused> {
        let request: Map<String, Value> =
            serde_json::from_str(request).map_err(|error| Refused::whole(&error))?;
        let request = sweep::Request::parse(request).map_err(Refused)?;
        let plan = sweep::Plan::new(&request, &self.snapshot).map_err(Refused)?;
        let chunk = plan.run_chunk(0..plan.runs()).map_err(|error| Refused::whole(&error))?;
        let findings = sweep::finish(&plan, &[chunk]).map_err(|error| Refused::whole(&error))?;
        serde_json::to_string(&findings.without_end_values()).map_err(|error| Refused::whole(&error))
    }

    fn answer(
        &self,
        request: &str,
        today: &str,
        scope: Scope,
        resolution: Resolution,
    ) -> Result<Answer<'_>, Refused> {
        let today = parsed(today)?;
        let request: Map<String, Value> =
            serde_json::from_str(request).map_err(|error| Refused::whole(&error))?;
        let question = Question::parse(request).map_err(Refused)?;
        question
            .resolve(&self.snapshot)
            .answer(scope, resolution, today)
            .map_err(|error| Refused::whole(&error))
    }
}

fn parsed(today: &str) -> Result<NaiveDate, Refused> {
    today.parse().map_err(|error| Refused::whole(&error))
}
