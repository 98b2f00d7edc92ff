use http::HeaderMap;
use refresh::{LEASE_HEADER, Wish};
use web::{FieldProblem, Problem, QueryPairs};

/// Reads the query: `full` and `force`, each `true` or `false` and given once.
pub(crate) fn read(query: QueryPairs, headers: &HeaderMap) -> Result<Wish, Problem> {
    let ([full, force], mut refused) = query.without_admin_key().each_once(["full", "force"]);
    let mut switch = |name: &str, given: Option<String>| match given.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            refused.push(FieldProblem::in_query(name, "is neither true nor false"));
            false
        }
    };
    let (full, force) = (switch("full", full), switch("force", force));
    if !refused.is_empty() {
        return Err(Problem::invalid(refused));
    }
    let lease = headers.get(LEASE_HEADER).and_then(|lease| lease.to_str().ok()).map(str::to_owned);
    Ok(Wish { full, force, lease })
}
