//! Applications run by this host, with the component in `fixture/`, which is built here when it is out of date.

mod command;
mod files;
mod instances;
mod key_value;
mod outbound;
mod requests;
mod sqlite;
mod start;
mod support;
mod variables;
