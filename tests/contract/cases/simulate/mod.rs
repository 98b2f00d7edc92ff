//! `/simulate`, `/simulate/full`, `/simulate/full-with-history`.

mod assumptions;
mod dates;
mod leniency;
mod links;
mod numbers;
mod table;
mod warnings;

use contract::suite::Case;

pub(crate) fn cases() -> Vec<Case> {
    [
        dates::cases(),
        assumptions::cases(),
        numbers::cases(),
        warnings::cases(),
        table::cases(),
        leniency::cases(),
        links::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
