use axum::response::Response;
use http::{HeaderMap, StatusCode};
use platform::Platform;

use crate::{Problem, Validator, asset};

/// The longest name of a file, in bytes: many times that of any that is deployed.
const LONGEST_NAME: usize = 100;

/// A file that was deployed with the functions, from a folder of theirs, by a name that a caller gave; with its `ETag`.
///
/// # Errors
/// 404 where there is no such file, and a problem where the platform cannot say.
pub async fn deployed(
    platform: &Platform,
    headers: &HeaderMap,
    folder: &str,
    name: &str,
) -> Result<Response, Problem> {
    // One path segment of plain characters: nothing that leads out of the folder, and no name that a store would choke on.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let harmless = name.len() <= LONGEST_NAME && name.chars().all(plain) && !name.starts_with('.');
    let path = format!("{folder}/{name}");
    let bytes = if harmless {
        platform.assets().get(&path).await.map_err(|error| Problem::unavailable(&error))?
    } else {
        None
    };
    let bytes = bytes.ok_or_else(|| missing(&path))?;
    Ok(Validator::of(&[path.as_bytes(), &bytes]).answer(headers, || asset(&path, bytes)))
}

fn missing(path: &str) -> Problem {
    let path: String = path.chars().take(120).collect();
    Problem::new(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        format!("{path} was not deployed with this service; `scripts/build-assets` makes the pages' files."),
    )
}
