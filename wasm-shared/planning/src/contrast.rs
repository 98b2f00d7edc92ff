//! Contrast of two colors, by WCAG 2.2 (relative luminance and contrast ratio, w3.org/TR/WCAG22).

/// The contrast ratio of two colors as `#RRGGBB`, from 1 to 21; `None` where one is not a color.
#[must_use]
pub fn ratio(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (luminance(one)?, luminance(other)?);
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// What a contrast is enough for.
#[must_use]
pub fn enough_for(ratio: f64) -> &'static str {
    match ratio {
        7.0.. => "AAA",
        4.5.. => "AA",
        3.0.. => "AA for large text",
        _ => "not enough for text",
    }
}

fn luminance(color: &str) -> Option<f64> {
    let digits = color
        .strip_prefix('#')
        .filter(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok().map(linear);
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}

fn linear(channel: u8) -> f64 {
    let share = f64::from(channel) / 255.0;
    if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "both are rounded alike")]
mod tests {
    use super::*;

    fn about(one: &str, other: &str) -> f64 {
        (ratio(one, other).unwrap() * 100.0).round() / 100.0
    }

    // Of WebAIM's contrast checker.
    #[test]
    fn ratios_are_those_of_the_guideline() {
        assert_eq!(about("#000000", "#FFFFFF"), 21.0);
        assert_eq!(about("#777777", "#ffffff"), 4.48);
        assert_eq!(about("#0000FF", "#FFFFFF"), 8.59);
        assert_eq!(about("#FF0000", "#00FF00"), about("#00FF00", "#FF0000"));
        assert_eq!(about("#123456", "#123456"), 1.0);
    }

    #[test]
    fn what_is_no_color_has_no_ratio() {
        for text in ["", "#fff", "red", "#12345G", "#+12345", "#ééé", "123456#"] {
            assert_eq!(ratio(text, "#000000"), None, "{text}");
        }
    }

    #[test]
    fn grey_that_is_a_little_too_light_is_not_called_enough() {
        assert_eq!(enough_for(ratio("#777777", "#FFFFFF").unwrap()), "AA for large text");
        assert_eq!(enough_for(ratio("#767676", "#FFFFFF").unwrap()), "AA");
    }
}
