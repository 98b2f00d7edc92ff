//! Where the suite's time goes: what each trial took, and each start of a server.

use std::{
    collections::BTreeMap,
    env,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How many of the slowest are listed.
const SLOWEST: usize = 40;

static TAKEN: Mutex<Vec<(String, Duration)>> = Mutex::new(Vec::new());

/// Does it and notes what it took.
pub(crate) fn noted<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), begun.elapsed()));
    done
}

/// Prints the sums by platform and part of the contract, and the slowest, where `CONTRACT_TIMES` asks for them.
#[allow(clippy::print_stdout, reason = "a report, where somebody asks for it")]
pub(crate) fn print() {
    if env::var_os("CONTRACT_TIMES").is_none() {
        return;
    }
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    taken.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
    let mut sums: BTreeMap<String, (Duration, usize)> = BTreeMap::new();
    for (name, took) in taken.iter() {
        let part: Vec<_> = name.split("::").take(2).collect();
        let sum = sums.entry(part.join("::")).or_default();
        *sum = (sum.0 + *took, sum.1 + 1);
    }
    println!("\nseconds, number, part");
    for (part, (took, number)) in sums {
        println!("{:8.1} {number:5} {part}", took.as_secs_f64());
    }
    println!("\nthe slowest, in seconds");
    for (name, took) in taken.iter().take(SLOWEST) {
        println!("{:8.1} {name}", took.as_secs_f64());
    }
}
