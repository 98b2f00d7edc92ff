use std::collections::BTreeMap;

use http::HeaderMap;
use refresh::{LEASE_HEADER, Wish};
use serde_json::Value;
use web::{FieldProblem, Problem, QueryPairs};

/// Reads the query: `full` and `force`, each `true` or `false` and given once.
pub(crate) fn read(query: QueryPairs, headers: &HeaderMap) -> Result<Wish, Problem> {
    let (given, mut refused) = query.without_admin_key().each_once(Wish::OPTIONS);
    let mut given = Wish::OPTIONS.into_iter().zip(given).collect::<BTreeMap<_, _>>();
    let wish = Wish::read(|name| given.remove(name)?.map(Value::String)).unwrap_or_else(|problems| {
        refused.extend(problems.into_iter().map(|(name, detail)| FieldProblem::in_query(name, detail)));
        Wish::default()
    });
    if !refused.is_empty() {
        return Err(Problem::invalid(refused));
    }
    let lease = headers.get(LEASE_HEADER).and_then(|lease| lease.to_str().ok()).map(str::to_owned);
    Ok(Wish { lease, ..wish })
}
