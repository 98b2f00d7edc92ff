//! YAML as JSON: one document of maps, lists and scalars. Whatever YAML has besides is refused: anchors and aliases (a few lines of
//! them spell gigabytes), tags, several documents, and keys that are no text.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Maps and lists in one another.
const DEEPEST: usize = 16;
/// Values of a document.
const MOST_VALUES: usize = 5_000;

/// A map or list that is being read, and the key of a map whose value comes next.
enum Open {
    Map(Map<String, Value>, Option<String>),
    List(Vec<Value>),
}

/// Reads a document.
///
/// # Errors
/// Why it cannot be read, with its line.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut whole = None;
    let mut values = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|why| why.to_string())?;
        let at = |what: &str| format!("{what} (line {})", span.start.line());
        values += 1;
        if values > MOST_VALUES {
            return Err(at("it has more than 5,000 values"));
        }
        let value = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::DocumentStart(_) if whole.is_none() => continue,
            Event::DocumentStart(_) => return Err(at("it has more than one document")),
            Event::Alias(_) => return Err(at("aliases are not read")),
            Event::Scalar(_, _, anchor, ref tag)
            | Event::SequenceStart(anchor, ref tag)
            | Event::MappingStart(anchor, ref tag)
                if anchor != 0 || tag.is_some() =>
            {
                return Err(at("anchors and tags are not read"));
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() == DEEPEST {
                    return Err(at("it is deeper than 16 maps and lists"));
                }
                if matches!(open.last(), Some(Open::Map(_, None))) {
                    return Err(at("a key must be a text"));
                }
                open.push(match event {
                    Event::SequenceStart(..) => Open::List(Vec::new()),
                    _ => Open::Map(Map::new(), None),
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(list)) => Value::Array(list),
                Some(Open::Map(map, _)) => Value::Object(map),
                None => return Err(at("it ends what never began")),
            },
            Event::Scalar(text, style, ..) => {
                if let Some(Open::Map(map, key @ None)) = open.last_mut() {
                    if map.contains_key(text.as_ref()) {
                        return Err(at(&format!("{text:.80} is given twice")));
                    }
                    *key = Some(text.into_owned());
                    continue;
                }
                scalar(&text, style)
            }
        };
        match open.last_mut() {
            None => whole = Some(value),
            Some(Open::List(list)) => list.push(value),
            Some(Open::Map(map, key)) => drop(map.insert(key.take().unwrap_or_default(), value)),
        }
    }
    Ok(whole.unwrap_or(Value::Null))
}

/// A scalar by the core schema of YAML 1.2: what is not quoted may be a number, a truth value or nothing.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return text.into();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return true.into(),
        "false" | "False" | "FALSE" => return false.into(),
        _ => {}
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit());
    if is_number {
        if let Ok(whole) = text.parse::<i64>() {
            return whole.into();
        }
        if let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64) {
            return number.into();
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn maps_lists_and_scalars_are_read_as_yaml_has_them() {
        let text = "name: A b\ncount: 3\nshare: 0.5\nyes: true\nnone: ~\nversion: \"1.0\"\nlist: [a, 2]\nmore:\n  - x: y\ntext: |\n  one\n  two\n";
        let wanted = json!({
            "name": "A b", "count": 3, "share": 0.5, "yes": true, "none": null, "version": "1.0", "list": ["a", 2],
            "more": [{ "x": "y" }], "text": "one\ntwo\n",
        });
        assert_eq!(read(text), Ok(wanted));
        // JSON is YAML.
        assert_eq!(read(r#"{"a": [1, "b"]}"#), Ok(json!({ "a": [1, "b"] })));
    }

    #[test]
    fn what_could_grow_or_hide_something_is_refused() {
        for (text, why) in [
            ("a: &x [1]\nb: *x", "anchors"),
            ("a: *x", "anchor"),
            ("a: !!binary aGk=", "tags"),
            ("a: 1\na: 2", "twice"),
            ("--- 1\n--- 2", "more than one document"),
            ("[a]: b", "key must be a text"),
            (&"[".repeat(40), "deeper"),
            (&"- 1\n".repeat(6_000), "more than 5,000"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(why), "{text:.40}: {said}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn json_texts_are_read_as_what_they_say(key in "[a-z]{1,9}", text in "[ -~]{0,40}", number in any::<i32>()) {
            let value = json!({ key: [text, number, { "x": null }] });
            prop_assert_eq!(read(&value.to_string()), Ok(value));
        }
    }
}
