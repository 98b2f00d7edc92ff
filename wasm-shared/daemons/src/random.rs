use std::fmt::Write as _;

use platform::OutsideError;

/// A random name of 96 bits, 24 hexadecimal digits.
pub(crate) fn token() -> Result<String, OutsideError> {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).map_err(|error| OutsideError::new("random numbers", error))?;
    Ok(digits(&bytes))
}

/// Bytes as hexadecimal digits.
pub(crate) fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
