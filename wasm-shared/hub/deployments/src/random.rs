use std::fmt::Write as _;

use platform::OutsideError;

/// Hexadecimal digits of `N` random bytes.
pub(crate) fn hex<const N: usize>() -> Result<String, OutsideError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| OutsideError::new("random numbers", error))?;
    Ok(hex_of(&bytes))
}

/// The hexadecimal digits of bytes.
pub(crate) fn hex_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
