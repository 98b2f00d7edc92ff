use network_data::{calendar::Resolution, historical::HistoricalQuery};
use suggest::Unknown;
use web::{FieldProblem, Problem, QueryPairs};

const PARAMETERS: [&str; 2] = ["fields", "resolution"];

/// Reads the query: `fields` (a list with commas) and `resolution`, each at most once.
pub(crate) fn read(QueryPairs(pairs): QueryPairs, by_path: Resolution) -> Result<HistoricalQuery, Problem> {
    let mut values: [Option<String>; PARAMETERS.len()] = Default::default();
    let mut refused = Vec::new();
    for (name, value) in pairs {
        match PARAMETERS.iter().position(|known| *known == name) {
            Some(place) if values[place].is_none() => values[place] = Some(value),
            Some(_) => {
                refused.push(problem(&name, "is given twice; give it once (fields takes a list: a,b,c)"));
            }
            None => refused.push(problem(
                &name,
                &format!("unknown parameter: {}", Unknown::new(&name, PARAMETERS).listing(&PARAMETERS)),
            )),
        }
    }
    let [fields, resolution] = values;
    match HistoricalQuery::parse(fields.as_deref(), resolution.as_deref().or(Some(by_path.name()))) {
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
