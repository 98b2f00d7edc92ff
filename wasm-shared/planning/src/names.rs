//! Whether what the input names is answered: names are compared by their letters and digits, whatever stands between them.

use serde_json::Value;

/// The names in a list of the input: its texts, and the member `name` of its objects.
pub(crate) fn of(list: Option<&Value>) -> Vec<String> {
    let entries = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name = |entry: &Value| entry.as_str().or_else(|| entry["name"].as_str()).map(str::to_owned);
    entries.iter().filter_map(name).filter(|name| !words(name).trim().is_empty()).collect()
}

/// The names that no text in `answer` has.
pub(crate) fn missing(names: Vec<String>, answer: Option<&Value>) -> Vec<String> {
    let mut texts = Vec::new();
    if let Some(answer) = answer {
        collect(answer, &mut texts);
    }
    names.into_iter().filter(|name| !texts.iter().any(|text| text.contains(&words(name)))).collect()
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(words(text)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(members) => members.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

/// In small letters, with one space before and behind each word, so that one name is not found inside a longer word.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            words.push(c);
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn missing_of(names: &[&str], answer: &Value) -> Vec<String> {
        missing(names.iter().map(|&name| name.to_owned()).collect(), Some(answer))
    }

    #[test]
    fn a_name_is_answered_whatever_its_capitals_and_punctuation() {
        let answer = json!([{"solves": ["Users: forget PASSWORDS!"]}]);
        assert!(missing_of(&["users forget passwords", "Users forget-passwords."], &answer).is_empty());
    }

    #[test]
    fn a_name_inside_another_word_or_spread_over_two_texts_is_not_answered() {
        let answer = json!(["Customers", "sign", "up"]);
        assert_eq!(missing_of(&["Custom", "Sign up"], &answer), ["Custom", "Sign up"]);
    }

    #[test]
    fn names_in_other_writing_systems_are_compared_too() {
        assert!(
            missing_of(&["注文", "Größe"], &json!({"a": "注文 (Orders)", "b": "GRÖSSE größe"})).is_empty()
        );
        assert_eq!(missing_of(&["配送"], &json!("注文")), ["配送"]);
    }

    #[test]
    fn objects_of_the_input_are_named_by_their_name_and_what_has_no_letters_asks_for_nothing() {
        assert_eq!(
            of(Some(&json!(["Order", {"name": "Invoice"}, {"title": "x"}, "--"]))),
            ["Order", "Invoice"]
        );
        assert!(of(None).is_empty());
    }
}
