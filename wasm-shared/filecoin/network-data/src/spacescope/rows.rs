//! The rows of a reply as they are given, with the fields that are used and no others. The table of expirations has 1.2 MB: a tree
//! of all its values takes several times as long to read.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Statistic;

/// A row.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The day.
    pub(super) day: Given<'a>,
    /// The figures, in the order of [`Statistic::fields`].
    pub(super) figures: Vec<Given<'a>>,
}

/// The value of a field.
#[derive(Clone, Debug)]
pub(super) enum Given<'a> {
    /// The field is not there.
    Nothing,
    Null,
    Number(f64),
    Text(Cow<'a, str>),
    /// None of these.
    Else,
}

/// The rows under `data`; `None` where there is no such name.
///
/// # Errors
/// It is not JSON, or (`is_data`) not an object with a list of objects.
pub(super) fn parse(statistic: Statistic, body: &[u8]) -> serde_json::Result<Option<Vec<Row<'_>>>> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let rows = Document(statistic).deserialize(&mut json)?;
    json.end()?;
    Ok(rows)
}

struct Document(Statistic);

impl<'de> DeserializeSeed<'de> for Document {
    type Value = Option<Vec<Row<'de>>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document {
    type Value = Option<Vec<Row<'de>>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut rows = None;
        while let Some(name) = object.next_key::<Cow<'de, str>>()? {
            if name == "data" {
                rows = Some(object.next_value_seed(Rows(self.0))?);
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(rows)
    }
}

struct Rows(Statistic);

impl<'de> DeserializeSeed<'de> for Rows {
    type Value = Vec<Row<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows {
    type Value = Vec<Row<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list `data`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = list.next_element_seed(OneRow(self.0))? {
            rows.push(row);
        }
        Ok(rows)
    }
}

struct OneRow(Statistic);

impl<'de> DeserializeSeed<'de> for OneRow {
    type Value = Row<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneRow {
    type Value = Row<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object in `data`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Row<'de>, A::Error> {
        let (day_field, fields) = (self.0.day_field(), self.0.fields());
        let mut row = Row { day: Given::Nothing, figures: vec![Given::Nothing; fields.len()] };
        while let Some(name) = object.next_key::<Cow<'de, str>>()? {
            let position = fields.iter().position(|field| *field == name);
            if let Some(figure) = position.and_then(|position| row.figures.get_mut(position)) {
                *figure = object.next_value_seed(Field)?;
            } else if name == day_field {
                row.day = object.next_value_seed(Field)?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(row)
    }
}

struct Field;

impl<'de> DeserializeSeed<'de> for Field {
    type Value = Given<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Field {
    type Value = Given<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Given<'de>, E> {
        Ok(Given::Null)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Given<'de>, E> {
        Ok(Given::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Given<'de>, E> {
        Ok(Given::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Given<'de>, E> {
        Ok(Given::Number(number as f64))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Given<'de>, E> {
        Ok(Given::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Given<'de>, E> {
        Ok(Given::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Given<'de>, E> {
        Ok(Given::Else)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Given<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Given::Else)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Given<'de>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Given::Else)
    }
}
