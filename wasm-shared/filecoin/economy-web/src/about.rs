//! What a page has to know to ask: dates, fields and series, from the tables that read and answer.

use economy::{Series, Span};
use forecast::{FIELDS, Fallback, Field, Takes};
use network_data::Snapshot;
use serde_json::{Value, json};

pub(crate) fn about(snapshot: &Snapshot) -> Value {
    let fields =
        FIELDS.iter().filter(|field| !matches!(field.takes, Takes::Series | Takes::Resolution | Takes::Text));
    json!({
        "source": snapshot.source(),
        "start_date": snapshot.start_date(),
        "current_date": snapshot.current_date(),
        "fields": fields.map(|field| described(field, snapshot)).collect::<Vec<_>>(),
        "series": Series::ALL.into_iter().map(series).collect::<Vec<_>>(),
    })
}

fn described(field: &Field, snapshot: &Snapshot) -> Value {
    let (min, max) = match field.takes {
        Takes::Number { min, max, .. } => (Some(min), Some(max)),
        Takes::Vector { max } => (Some(0.0), Some(max)),
        Takes::Days { max } => (Some(1.0), Some(max as f64)),
        _ => (None, None),
    };
    let default = match field.default {
        Fallback::Fixed(value) => Some(value),
        other => other.today(snapshot),
    };
    json!({
        "name": field.name,
        "unit": field.shown_unit(),
        "meaning": field.meaning,
        "advice": field.advice,
        "min": min,
        "max": max,
        "default": default,
        "default_in_words": field.default_in_words,
    })
}

fn series(series: Series) -> Value {
    json!({
        "name": series.name(),
        "unit": series.unit(),
        "kind": series.kind().as_str(),
        "meaning": series.meaning(),
        // Its values of the last year before the forecast's first day depend on the forecast already.
        "looks_a_year_ahead": series.span() == Span::OneYearAhead,
        "alias_of": series.alias_of().map(Series::name),
    })
}
