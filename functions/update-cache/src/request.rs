use http::HeaderMap;
use refresh::{LEASE_HEADER, Wish};
use suggest::Unknown;
use web::{ADMIN_KEY, FieldProblem, Problem, QueryPairs};

const PARAMETERS: [&str; 2] = ["full", "force"];

/// Problems that are told one by one; a hostile URL has thousands.
const MOST_LISTED: usize = 20;

/// Reads the query: `full` and `force`, each `true` or `false`.
pub(crate) fn read(QueryPairs(pairs): QueryPairs, headers: &HeaderMap) -> Result<Wish, Problem> {
    let lease = headers.get(LEASE_HEADER).and_then(|lease| lease.to_str().ok()).map(str::to_owned);
    let mut wish = Wish { lease, ..Wish::default() };
    let mut refused = Vec::new();
    for (name, value) in pairs.into_iter().filter(|(name, _)| name != ADMIN_KEY) {
        let switch = match name.as_str() {
            "full" => &mut wish.full,
            "force" => &mut wish.force,
            _ => {
                let unknown = Unknown::new(&name, PARAMETERS).listing(&PARAMETERS);
                refused.push(problem(&name, format!("unknown parameter: {unknown}")));
                continue;
            }
        };
        match value.as_str() {
            "true" => *switch = true,
            "false" => *switch = false,
            _ => refused.push(problem(&name, "is neither true nor false".to_owned())),
        }
    }
    if let Some(more @ 1..) = refused.len().checked_sub(MOST_LISTED) {
        refused.truncate(MOST_LISTED);
        let detail = format!("{more} more parameters are not valid");
        refused.push(FieldProblem { pointer: String::new(), detail });
    }
    if refused.is_empty() { Ok(wish) } else { Err(Problem::invalid(refused)) }
}

fn problem(parameter: &str, detail: String) -> FieldProblem {
    let parameter: String = parameter.chars().take(80).collect();
    FieldProblem { pointer: format!("?{parameter}"), detail }
}
