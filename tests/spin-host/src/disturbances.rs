//! Stores that hang, fail or are slow on demand. A file says which, and is read at each call, so that a test can change it while the
//! application runs.
//!
//! Each of its lines is `STORE CALL HOW [AFTER]`: a store (`key-value`, `sqlite`), one of its calls (`get`, `execute`, ...; `*` for
//! each), and `hang`, `fail` or milliseconds. With AFTER, that many calls that the line means take place as ever before it holds.

use std::{
    collections::HashMap,
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use wasmtime::component::{Accessor, HasSelf};

use crate::component::State;

/// The disturbances of an application, if it has a file of them.
#[derive(Default)]
pub(crate) struct Disturbances {
    file: Option<PathBuf>,
    /// The file as it was read last, and how often each of its lines was met since it has been so.
    met: Mutex<(String, HashMap<usize, usize>)>,
}

/// What befalls a call.
#[derive(Debug, PartialEq)]
enum How {
    Hang,
    Fail,
    Slow(Duration),
}

impl Disturbances {
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file, met: Mutex::default() }
    }

    /// What befalls this call. A line that cannot be read fails every call and says so.
    fn next(&self, store: &str, call: &str) -> Result<Option<How>, String> {
        let Some(file) = &self.file else { return Ok(None) };
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{}: {error}", file.display())),
        };
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if met.0 != text {
            *met = (text, HashMap::new());
        }
        let (text, counts) = &mut *met;
        for (number, line) in text.lines().enumerate() {
            let (of, which, how, after) =
                parsed(line).ok_or_else(|| format!("{line:?} is no disturbance: STORE CALL HOW [AFTER]"))?;
            if of == store && [call, "*"].contains(&which) {
                let count = counts.entry(number).or_default();
                *count += 1;
                if *count > after {
                    return Ok(Some(how));
                }
            }
        }
        Ok(None)
    }

    async fn meet(&self, store: &str, call: &str) -> Result<(), String> {
        match self.next(store, call)? {
            None => Ok(()),
            Some(How::Hang) => std::future::pending().await,
            Some(How::Fail) => Err(format!("{store} {call} was made to fail")),
            Some(How::Slow(time)) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
        }
    }
}

fn parsed(line: &str) -> Option<(&str, &str, How, usize)> {
    let mut words = line.split_whitespace();
    let (store, call) = (words.next()?, words.next()?);
    let how = match words.next()? {
        "hang" => How::Hang,
        "fail" => How::Fail,
        time => How::Slow(Duration::from_millis(time.parse().ok()?)),
    };
    let after = words.next().map_or(Some(0), |after| after.parse().ok())?;
    (words.next().is_none() && ["key-value", "sqlite"].contains(&store)).then_some((store, call, how, after))
}

/// Lets a call meet what befalls it; an error is what the component is to be told.
pub(crate) async fn meet<T>(
    accessor: &Accessor<T, HasSelf<State>>,
    store: &str,
    call: &str,
) -> Result<(), String> {
    let outside = accessor.with(|mut access| Arc::clone(&access.get().grants.outside));
    outside.disturbances.meet(store, call).await
}
