use worker::{
    EnvBinding as _,
    js_sys::{Array, Object, Reflect, futures::JsFuture},
    wasm_bindgen::{JsCast as _, JsValue},
    worker_sys,
};

use std::sync::Arc;

use platform::{Answer, Database, Outcome, OutsideError, Provides, Statement, Value};

use super::{Bindings, on_this_thread};

fn failed(error: impl std::fmt::Display) -> OutsideError {
    OutsideError::new("database", error)
}

fn thrown(error: JsValue) -> OutsideError {
    failed(worker::Error::from(error))
}

impl Provides<dyn Database> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Database>> {
        Some(Arc::new(self.clone()))
    }
}

/// D1.
impl Database for Bindings {
    fn run(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Outcome>> {
        on_this_thread(async move {
            let binding = Reflect::get(&self.0, &"DATABASE".into()).map_err(thrown)?;
            let database = worker::D1Database::get(binding)
                .map_err(|_| failed("there is no D1 binding DATABASE in wrangler.toml"))?;
            let database: worker_sys::D1Database = JsValue::from(database).unchecked_into();
            let prepared = Array::new();
            for statement in &statements {
                let values: Array = statement.values.iter().map(to_js).collect();
                let bound = database.prepare(statement.sql).and_then(|prepared| prepared.bind(values));
                prepared.push(bound.map_err(thrown)?.as_ref());
            }
            let answered = JsFuture::from(database.batch(prepared).map_err(thrown)?).await.map_err(thrown)?;
            Array::from(&answered).iter().map(|result| outcome(&result.unchecked_into())).collect()
        })
    }
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(value) => JsValue::from_f64(*value as f64),
        Value::Real(value) => JsValue::from_f64(*value),
        Value::Text(value) => JsValue::from_str(value),
    }
}

fn outcome(result: &worker_sys::D1Result) -> Result<Outcome, OutsideError> {
    let rows = result.results().map_err(thrown)?.unwrap_or_default();
    let meta = result.meta().map_err(thrown)?;
    let changes = Reflect::get(&meta, &"changes".into()).ok().and_then(|changes| changes.as_f64());
    Ok(Outcome {
        // A row is an object whose properties are in the order of the columns.
        rows: rows
            .iter()
            .map(|row| Object::values(&row.unchecked_into()).iter().map(|value| from_js(&value)).collect())
            .collect(),
        changes: changes.unwrap_or_default() as u64,
    })
}

fn from_js(value: &JsValue) -> Value {
    if let Some(text) = value.as_string() {
        return Value::Text(text);
    }
    match value.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
            Value::Integer(number as i64)
        }
        Some(number) => Value::Real(number),
        None => Value::Null,
    }
}
