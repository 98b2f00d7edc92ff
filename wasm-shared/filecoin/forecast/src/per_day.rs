use economy::Control;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value as a caller gives it: the same every day, or one for each day of the forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PerDay<T> {
    /// The same every day.
    Same(T),
    /// One value for each day, from the current date on.
    Daily(Vec<T>),
}

impl<T: Copy> PerDay<T> {
    /// The same with the last value held for `days` more, as the model wants to look past the horizon.
    pub(crate) fn extended(mut self, days: usize) -> Self {
        if let Self::Daily(values) = &mut self {
            hold_last(values, days);
        }
        self
    }

    /// The value as the model takes it.
    pub(crate) fn as_control(&self) -> Control<'_, T> {
        match self {
            Self::Same(value) => Control::Constant(*value),
            Self::Daily(values) => Control::Daily(values),
        }
    }
}

/// Holds the last value for `days` more.
pub(crate) fn hold_last<T: Copy>(values: &mut Vec<T>, days: usize) {
    values.extend(values.last().copied().into_iter().flat_map(|last| std::iter::repeat_n(last, days)));
}

/// A value as a reply repeats it: itself, or of a vector its length and ends.
pub(crate) struct Summary<'a, T> {
    pub value: &'a PerDay<T>,
    /// The forecast's length: what lies past it was added by us and is not repeated.
    pub days: usize,
}

impl<T: Serialize> Serialize for Summary<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            PerDay::Same(value) => value.serialize(serializer),
            PerDay::Daily(values) => {
                VectorSummary(&values[..self.days.min(values.len())]).serialize(serializer)
            }
        }
    }
}

/// `{"type": "array", "length", "first", "last"}`.
pub(crate) struct VectorSummary<'a, T>(pub &'a [T]);

impl<T: Serialize> Serialize for VectorSummary<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("type", "array")?;
        map.serialize_entry("length", &self.0.len())?;
        map.serialize_entry("first", &self.0.first())?;
        map.serialize_entry("last", &self.0.last())?;
        map.end()
    }
}
