use std::fmt::Write as _;

use platform::OutsideError;

/// A random name of 96 bits, 24 hexadecimal digits.
///
/// # Errors
/// When the platform gives no random numbers.
pub fn token() -> Result<String, OutsideError> {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).map_err(|error| OutsideError::new("random numbers", error))?;
    let mut text = String::with_capacity(24);
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
