//! URI templates, as far as resources need them: `{name}` for one segment, `{+name}` for the rest (RFC 6570).

use std::{borrow::Cow, collections::BTreeMap};

/// What a URI was read by: the URI itself and the values its template names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceUri {
    uri: String,
    values: BTreeMap<String, String>,
}

impl ResourceUri {
    /// The whole URI, as the client wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// The decoded value of a variable of the template, or nothing if it has no such variable.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }
}

/// A template taken apart.
#[derive(Clone, Debug)]
pub(crate) struct UriTemplate(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Segment(String),
    Rest(String),
}

impl UriTemplate {
    /// Reads a template. Two variables in a row, and operators other than `+`, are refused.
    pub(crate) fn parse(template: &str) -> Result<Self, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut left = template;
        while let Some((text, after)) = left.split_once('{') {
            let Some((variable, after)) = after.split_once('}') else {
                return Err("a `{` is not closed".to_owned());
            };
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            } else if !parts.is_empty() {
                return Err("two variables stand next to each other".to_owned());
            }
            let (name, rest) = variable.strip_prefix('+').map_or((variable, false), |name| (name, true));
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(format!("`{{{variable}}}` is not a variable that is understood here"));
            }
            parts.push(if rest { Part::Rest(name.to_owned()) } else { Part::Segment(name.to_owned()) });
            left = after;
        }
        if !left.is_empty() {
            parts.push(Part::Text(left.to_owned()));
        }
        Ok(Self(parts))
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Segment(name) | Part::Rest(name) => Some(name.as_str()),
        })
    }

    /// The values in `uri`, if it is of this template.
    pub(crate) fn read(&self, uri: &str) -> Option<ResourceUri> {
        let mut values = BTreeMap::new();
        let mut left = uri;
        for (index, part) in self.0.iter().enumerate() {
            match part {
                Part::Text(text) => left = left.strip_prefix(text.as_str())?,
                Part::Segment(name) | Part::Rest(name) => {
                    let end = match self.0.get(index + 1) {
                        Some(Part::Text(next)) => left.find(next.as_str())?,
                        _ => left.len(),
                    };
                    let (value, after) = left.split_at(end);
                    let one_segment = matches!(part, Part::Segment(_));
                    if value.is_empty() || (one_segment && value.contains('/')) {
                        return None;
                    }
                    values.insert(name.clone(), percent_decode(value)?.into_owned());
                    left = after;
                }
            }
        }
        left.is_empty().then(|| ResourceUri { uri: uri.to_owned(), values })
    }
}

/// Undoes percent-encoding. `None` if it is broken, or hides bytes that are no text.
fn percent_decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.bytes();
    while let Some(byte) = left.next() {
        bytes.push(match byte {
            b'%' => hex(left.next()?)? << 4 | hex(left.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(template: &str, uri: &str) -> Option<ResourceUri> {
        UriTemplate::parse(template).unwrap().read(uri)
    }

    #[test]
    fn a_variable_takes_one_segment() {
        let uri = read("test://template/{id}/data", "test://template/12%203/data").unwrap();
        assert_eq!(uri.get("id"), "12 3");
        assert_eq!(uri.get("other"), "");
        assert_eq!(uri.as_str(), "test://template/12%203/data");
        assert!(read("test://template/{id}/data", "test://template//data").is_none());
        assert!(read("test://template/{id}/data", "test://template/1/2/data").is_none());
        assert!(read("test://template/{id}/data", "test://template/1/data/more").is_none());
    }

    #[test]
    fn a_variable_with_plus_takes_the_rest() {
        assert_eq!(read("docs://{+path}", "docs://a/b/c").unwrap().get("path"), "a/b/c");
    }

    #[test]
    fn broken_templates_are_refused_when_the_server_is_built() {
        for broken in ["a://{b", "a://{b}{c}", "a://{?q}", "a://{}"] {
            assert!(UriTemplate::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn hidden_bytes_that_are_no_text_are_no_match() {
        assert!(read("a://{b}", "a://%ff").is_none());
        assert!(read("a://{b}", "a://%f").is_none());
    }

    proptest! {
        #[test]
        fn any_uri_is_read_without_a_panic(uri in any::<String>()) {
            let _ = read("test://{a}/x/{+b}", &uri);
        }

        #[test]
        fn any_template_is_read_without_a_panic(template in "[a{}+/]{0,12}", uri in "[a/]{0,12}") {
            if let Ok(template) = UriTemplate::parse(&template) {
                let _ = template.read(&uri);
            }
        }
    }
}
