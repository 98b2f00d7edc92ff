//! `spacescope [--port N] [--token TEXT] [--snapshot FILE] [--through DATE|yesterday] [--fault NAME]`
//!
//! Serves Spacescope's API from a snapshot in its JSON form (`.json` or `.json.gz`; without one, from the bundled
//! demonstration network). Faults can be changed while it runs: `curl -X PUT -d html http://127.0.0.1:PORT/fault`, `curl
//! -X DELETE ...`.
#![allow(clippy::print_stdout, reason = "a program says where it serves")]

use std::{env, error::Error, fs, io::Read as _};

use chrono::{Days, Utc};
use network_data::Snapshot;
use spacescope::{Fault, Server, extended_to, rows::Rows};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut port, mut token, mut fault) = (0, "local".to_owned(), None);
    let mut data = None;
    let mut through = None;
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--port" => port = value.parse()?,
            "--token" => token = value,
            "--fault" => fault = Some(value.parse::<Fault>()?),
            "--snapshot" => data = Some(read(&value)?),
            "--through" if value == "yesterday" => through = Some(Utc::now().date_naive() - Days::new(1)),
            "--through" => through = Some(value.parse()?),
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    let mut data = match data {
        Some(data) => data,
        None => network_data::demo::snapshot()?.into_data(),
    };
    if let Some(date) = through {
        data = extended_to(data, date);
    }
    let server = Server::start(Rows::rebuilt(&data)?, &token, port)?;
    server.set_fault(fault);
    println!("Serving Spacescope's API up to {} on {}", data.current_date, server.base_url());
    server.wait();
    Ok(())
}

fn read(path: &str) -> Result<network_data::SnapshotData, Box<dyn Error>> {
    let mut bytes = fs::read(path)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
        bytes = unpacked;
    }
    Ok(Snapshot::from_json(&bytes)?.into_data())
}
