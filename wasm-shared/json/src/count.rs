//! Counts what a text holds, without building any of it.

use crate::{Excess, Limits, Quantity};

/// Counts downwards from a limit.
struct Allowance {
    left: usize,
    excess: Excess,
}

impl Allowance {
    const fn new(quantity: Quantity, limit: usize) -> Self {
        Self { left: limit, excess: Excess { quantity, limit } }
    }

    fn take(&mut self, amount: usize) -> Result<(), Excess> {
        self.left = self.left.checked_sub(amount).ok_or(self.excess)?;
        Ok(())
    }
}

/// Refuses a text that holds more than `limits`.
///
/// Of a text that is not JSON it counts what the parser could build before it notices: a value begins wherever a parser could
/// take one, so the count is never below what a parser builds.
///
/// # Errors
/// The first limit that is exceeded.
pub fn check(text: &[u8], limits: &Limits) -> Result<(), Excess> {
    Allowance::new(Quantity::Bytes, limits.bytes).take(text.len())?;
    let mut containers = Allowance::new(Quantity::Containers, limits.containers);
    let mut members = Allowance::new(Quantity::Members, limits.members);
    let mut values = Allowance::new(Quantity::Values, limits.values);
    let mut text_bytes = Allowance::new(Quantity::TextBytes, limits.text_bytes);
    let mut depth = Allowance::new(Quantity::Depth, limits.depth);
    let mut at = 0;
    // Whether the last byte was part of a number or a word, which then goes on.
    let mut in_word = false;
    while let Some(byte) = text.get(at) {
        let was_in_word = std::mem::replace(&mut in_word, false);
        at += 1;
        match byte {
            b'"' => {
                let end = end_of_string(text, at);
                values.take(1)?;
                text_bytes.take(end - at)?;
                at = end + 1;
            }
            b'{' | b'[' => {
                depth.take(1)?;
                containers.take(1)?;
                values.take(1)?;
            }
            b'}' | b']' => depth.left = (depth.left + 1).min(limits.depth),
            b':' => {
                members.take(1)?;
                // The string before it was a name and no value.
                values.left = (values.left + 1).min(limits.values);
            }
            b',' | b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => {
                in_word = true;
                if !was_in_word {
                    values.take(1)?;
                }
            }
        }
    }
    Ok(())
}

/// Where the string that begins at `start` ends: at its closing quotation mark, or at the end of a text that breaks off.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}
