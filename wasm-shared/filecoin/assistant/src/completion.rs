//! Completing the names of metrics and fields while they are typed.

use mcp::{Context, Error, Typed};
use network_data::historical::{Field, fields};

use crate::{desk::Desk, metrics};

pub(crate) async fn metric(_: Context<Desk>, typed: Typed) -> Result<Vec<String>, Error> {
    Ok(mcp::matching(metrics::names(), &typed.value))
}

pub(crate) async fn field(_: Context<Desk>, typed: Typed) -> Result<Vec<String>, Error> {
    Ok(mcp::matching(fields().map(Field::name), &typed.value))
}
