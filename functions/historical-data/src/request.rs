use network_data::{
    calendar::Resolution,
    historical::{HistoricalQuery, QueryText},
};
use suggest::Unknown;
use web::{FieldProblem, Problem, QueryPairs};

/// The parameters, in the order in which their values are read.
pub(crate) const PARAMETERS: [&str; 4] = ["fields", "resolution", "start_date", "end_date"];

/// Problems that are told one by one; a hostile URL has thousands.
const MOST_LISTED: usize = 20;

/// Reads the query, each parameter at most once.
pub(crate) fn read(QueryPairs(pairs): QueryPairs, by_path: Resolution) -> Result<HistoricalQuery, Problem> {
    let mut values: [Option<String>; PARAMETERS.len()] = Default::default();
    let mut refused = Vec::new();
    let mut unlisted = 0;
    for (name, value) in pairs {
        match PARAMETERS.iter().position(|known| *known == name) {
            Some(place) if values[place].is_none() => values[place] = Some(value),
            _ if refused.len() >= MOST_LISTED => unlisted += 1,
            Some(_) => {
                refused.push(problem(&name, "is given twice; give it once (fields takes a list: a,b,c)"));
            }
            None => refused.push(problem(
                &name,
                &format!("unknown parameter: {}", Unknown::new(&name, PARAMETERS).listing(&PARAMETERS)),
            )),
        }
    }
    if unlisted > 0 {
        let detail = format!("{unlisted} more parameters are not valid");
        refused.push(FieldProblem { pointer: String::new(), detail });
    }
    let [fields, resolution, start_date, end_date] = values.each_ref().map(Option::as_deref);
    let text = QueryText { fields, resolution: resolution.or(Some(by_path.name())), start_date, end_date };
    match HistoricalQuery::parse(text) {
        Ok(query) if refused.is_empty() => Ok(query),
        Ok(_) => Err(Problem::invalid(refused)),
        Err(more) => {
            refused.extend(more.problems().iter().map(|found| problem(found.parameter, &found.detail)));
            Err(Problem::invalid(refused))
        }
    }
}

fn problem(parameter: &str, detail: &str) -> FieldProblem {
    let parameter: String = parameter.chars().take(80).collect();
    FieldProblem { pointer: format!("?{parameter}"), detail: detail.to_owned() }
}
