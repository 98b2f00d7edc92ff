//! The header `Idempotency-Key`: the same key makes the same thing once.

use http::{HeaderMap, StatusCode};

use crate::Problem;

/// Characters of a key.
const LONGEST_KEY: usize = 255;

/// The request's idempotency key, where it has one.
///
/// # Errors
/// 400 `BAD_IDEMPOTENCY_KEY` for a key that is empty, too long, not plain text, or sent twice.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(first) = values.next() else { return Ok(None) };
    // Cloudflare joins a header that is given twice by a comma, so a comma is in no key.
    let is_key = |key: &&str| (1..=LONGEST_KEY).contains(&key.len()) && !key.contains(',');
    let key = first.to_str().ok().map(str::trim).filter(is_key);
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "BAD_IDEMPOTENCY_KEY",
            "Send the header Idempotency-Key once, with 1 to 255 plain characters and no comma.",
        )),
    }
}
