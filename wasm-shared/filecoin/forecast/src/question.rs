use economy::{Series, Weighting, constants::defaults};
use network_data::calendar::Resolution;
use serde_json::{Map, Value};
use suggest::Unknown;

use crate::{
    Refusal,
    fields::{FIELDS, Field, NUMBERS, name},
    per_day::PerDay,
    reading::Reader,
    refusal::Refusals,
};

/// What a caller wants to know, checked, with everything that was left out still open.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The first [`NUMBERS`] of [`FIELDS`], where they were given.
    pub(crate) numbers: [Option<PerDay<f64>>; NUMBERS],
    /// Days to forecast, the current date included.
    pub(crate) forecast_days: usize,
    /// Lifetime of a sector, days.
    pub(crate) sector_duration_days: usize,
    /// How gamma weights the two parts of the consensus pledge.
    pub(crate) weighting: PerDay<Weighting>,
    pub(crate) use_available_supply: bool,
    /// The baseline of each day of the forecast, EiB.
    pub(crate) baseline_eib: Option<Vec<f64>>,
    /// The series to return, in the order asked for.
    pub(crate) output: Vec<Series>,
    /// How densely, where the caller says so.
    pub(crate) resolution: Option<Resolution>,
    /// Texts for the caller's own use.
    pub(crate) name: Option<String>,
    pub(crate) label: Option<String>,
    /// What was understood otherwise than it was written.
    pub(crate) warnings: Vec<String>,
}

impl Question {
    /// The question of so many days that assumes nothing.
    #[must_use]
    pub fn of_days(forecast_days: usize) -> Self {
        Self {
            numbers: [const { None }; NUMBERS],
            forecast_days,
            sector_duration_days: defaults::SECTOR_DURATION_DAYS,
            weighting: PerDay::Same(Weighting::Arithmetic),
            use_available_supply: false,
            baseline_eib: None,
            output: Series::ALL.to_vec(),
            resolution: None,
            name: None,
            label: None,
            warnings: Vec::new(),
        }
    }

    /// The same question of other series.
    #[must_use]
    pub fn about(self, output: Vec<Series>) -> Self {
        Self { output, ..self }
    }

    /// Days to forecast, the current date included.
    #[must_use]
    pub const fn forecast_days(&self) -> usize {
        self.forecast_days
    }

    /// What was understood otherwise than it was written.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Reads a request. A field that is null counts as left out.
    ///
    /// # Errors
    /// Every field that is unknown, of a wrong type, out of range or of a wrong length: the first twenty, and how many
    /// more there are.
    pub fn parse(request: Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        read(request, Refusals::default())
    }

    /// Reads a request from the names and values of a query. There is no list in a query, so every assumption is the same
    /// on all days; names of series have commas between them. An empty value counts as left out.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and names that are given twice.
    pub fn from_query(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<Refusal>> {
        let mut request = Map::new();
        let mut refusals = Refusals::default();
        for (name, text) in pairs {
            let text = text.trim();
            let value = match Field::named(&name) {
                _ if text.is_empty() => Value::Null,
                Some(field) => field.value_of(text),
                // Refused by its name.
                None => Value::Null,
            };
            if request.contains_key(&name) {
                refusals.add(|| Refusal::new(&name, "is given twice; give it once"));
            } else {
                request.insert(name, value);
            }
        }
        read(request, refusals)
    }
}

fn read(request: Map<String, Value>, refusals: Refusals) -> Result<Question, Vec<Refusal>> {
    let mut reader = Reader::new(request, refusals);
    let length = reader.days(name::LENGTH);
    // Where the length is not valid, vectors cannot be measured against it.
    let expected = length.map(|given| given.unwrap_or(defaults::FORECAST_DAYS)).ok();
    let open = Question::of_days(expected.unwrap_or(defaults::FORECAST_DAYS));
    let question = Question {
        numbers: std::array::from_fn(|nth| reader.number(&FIELDS[nth], expected)),
        sector_duration_days: reader.days(name::DURATION).ok().flatten().unwrap_or(open.sector_duration_days),
        weighting: reader.weighting(expected).unwrap_or(open.weighting),
        use_available_supply: reader.switch(name::AVAILABLE).unwrap_or(open.use_available_supply),
        baseline_eib: reader.baseline(expected),
        output: reader.output().unwrap_or(open.output),
        resolution: reader.resolution(),
        name: reader.text(name::NAME),
        label: reader.text(name::LABEL),
        ..open
    };
    let Reader { request, mut refusals, warnings, .. } = reader;
    for unknown in request.keys() {
        refusals.add(|| {
            let known = FIELDS.iter().map(|field| field.name);
            Refusal::new(unknown, format!("unknown field: {}", Unknown::new(unknown, known)))
        });
    }
    refusals.unless_any(Question { warnings, ..question })
}
