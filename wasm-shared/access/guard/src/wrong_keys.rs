//! Slows down those who try keys: an instance counts the unknown keys of each address in its memory, for a minute at a time.
//!
//! A key of 256 random bits cannot be found by trying; an operator's own may be weaker, and each try may cost a look-up. The
//! counts are an instance's own, so that good callers pay nothing for them.

use std::sync::{Arc, Mutex, PoisonError};

use access::{Millis, address::AddressHash};
use http::{HeaderValue, StatusCode, header};
use platform::Platform;
use web::Problem;

/// The length of a window, in milliseconds.
const WINDOW: Millis = 60_000;
/// Addresses that are remembered at most; the first of them goes for a new one.
const MOST: usize = 500;

/// The unknown keys of an address.
struct Tries {
    address: AddressHash,
    opened: Millis,
    count: u32,
}

#[derive(Clone, Default)]
struct Counts(Arc<Mutex<Vec<Tries>>>);

impl Counts {
    fn of(platform: &Platform) -> Self {
        platform.instance().get().unwrap_or_else(|| {
            let counts = Self::default();
            platform.instance().set(counts.clone());
            counts
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Tries>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether an address may present a key.
///
/// # Errors
/// The answer to one that has tried more than `most` unknown ones in this minute.
pub(crate) fn check(
    platform: &Platform,
    address: &AddressHash,
    most: u32,
    now: Millis,
) -> Result<(), Problem> {
    let Some(counts) = platform.instance().get::<Counts>() else { return Ok(()) };
    let wait = counts.with(|tries| {
        let tries = tries.iter().find(|tries| tries.address == *address)?;
        let ends = tries.opened + WINDOW;
        (tries.count >= most && now < ends).then_some(ends - now)
    });
    let Some(wait) = wait else { return Ok(()) };
    let seconds = (wait + 999) / 1000;
    let detail = format!(
        "{most} keys that are not known here came from your address within a minute. Wait {seconds} s, and check the key."
    );
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_WRONG_KEYS", detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds)))
}

/// Counts an unknown key.
pub(crate) fn count(platform: &Platform, address: &AddressHash, now: Millis) {
    Counts::of(platform).with(|all| {
        all.retain(|tries| now < tries.opened + WINDOW);
        if let Some(tries) = all.iter_mut().find(|tries| tries.address == *address) {
            tries.count += 1;
            return;
        }
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(Tries { address: address.clone(), opened: now, count: 1 });
    });
}
