//! What `GET /historical-data` says of a snapshot.
//!
//! [`fields`] is the one table of everything it can return; the reply, its `field_meta` and the parser of the query all go
//! through it. [`HistoricalData`] serialises straight from the snapshot: no column is copied.
//!
//! # The dates of a reply
//!
//! A series begins on one of three dates, its *anchor*, and the reply gives for each anchor the date of entry 0 **of the
//! series as returned**: at weekly resolution `data_start_date` is the first Monday on or after the start of the history.
//!
//! Where `start_date` or `end_date` is asked for, series are cut to those days first, and the reply's dates are those of what is
//! left.
//!
//! | anchor | series | entries |
//! |---|---|---|
//! | `data_start_date` | the full histories, through `data_end_date` | `n_entries` |
//! | `hist_window_start_date` | the 180-day windows, through `hist_window_end_date` | `hist_window_n_entries` |
//! | `forecast_start_date` | what the present sectors will give up, from the current date on | their own |
//!
//! Series of one anchor begin together and need not end together: the renewal rate ends the day before the current date,
//! the pledge release begins with the histories and goes on into the future. So `field_meta` gives every series its own
//! `start_date`, `end_date` and `n_entries`, and every single figure the day it is of, `as_of`. At monthly resolution, where
//! dates do not follow from a time step, `dates` lists them for each anchor in use; a series has the first `n_entries` of
//! its list.

mod csv;
mod fields;
mod query;
mod reply;

pub use fields::{Anchor, Field, fields};
pub use query::{ALL_FIELDS, HistoricalQuery, QueryProblem, QueryRefused, QueryText};
pub use reply::{HistoricalData, HistoricalReply};
