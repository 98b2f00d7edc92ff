//! `POST /simulate`, `/simulate/full`, `/simulate/full-with-history`.

mod assumptions;
mod dates;
mod numbers;
mod table;
mod warnings;

use contract::suite::Case;

pub(crate) fn cases() -> Vec<Case> {
    [dates::cases(), assumptions::cases(), numbers::cases(), warnings::cases(), table::cases()]
        .into_iter()
        .flatten()
        .collect()
}
