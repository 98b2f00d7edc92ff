use network_data::{
    calendar::Resolution,
    historical::{HistoricalQuery, QueryText},
};
use web::{FieldProblem, Problem, QueryPairs};

/// The parameters, in the order in which their values are read.
pub(crate) const PARAMETERS: [&str; 4] = ["fields", "resolution", "start_date", "end_date"];

/// Reads the query, each parameter at most once.
pub(crate) fn read(query: QueryPairs, by_path: Resolution) -> Result<HistoricalQuery, Problem> {
    let (values, mut refused) = query.each_once(PARAMETERS);
    let [fields, resolution, start_date, end_date] = values.each_ref().map(Option::as_deref);
    let text = QueryText { fields, resolution: resolution.or(Some(by_path.name())), start_date, end_date };
    match HistoricalQuery::parse(text) {
        Ok(query) if refused.is_empty() => Ok(query),
        Ok(_) => Err(Problem::invalid(refused)),
        Err(more) => {
            let more = more.problems().iter();
            refused.extend(more.map(|found| FieldProblem::in_query(found.parameter, found.detail.clone())));
            Err(Problem::invalid(refused))
        }
    }
}
