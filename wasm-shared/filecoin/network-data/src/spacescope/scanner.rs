//! Reads JSON from bytes, value by value, and skips what is not asked for without building it. It takes some things for JSON that are
//! not, such as `01` or a comma too many in what is skipped; the rows are checked by what they say.

/// JSON that is being read.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Why it is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It ends too early.
    Cut,
    /// At this byte something else should stand.
    At(usize),
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Number(f64),
    /// As it stands there: with its escapes.
    Text(&'a str),
    /// None of these; it was skipped.
    Else,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Result<u8, Broken> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(*byte);
            }
            self.at += 1;
        }
        Err(Broken::Cut)
    }

    /// Nothing but white space is left.
    pub(super) fn end(&mut self) -> Result<(), Broken> {
        match self.peek() {
            Err(Broken::Cut) => Ok(()),
            _ => Err(Broken::At(self.at)),
        }
    }

    /// Goes through a list, whose bracket is the next byte; `item` has to read an item.
    pub(super) fn items<E: From<Broken>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            if self.is_last(b']')? {
                return Ok(());
            }
        }
    }

    /// Goes through an object, whose brace is the next byte; `member` gets each name and has to read its value.
    pub(super) fn members<E: From<Broken>>(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek()? != b'"' {
                return Err(Broken::At(self.at).into());
            }
            let name = self.text()?;
            if self.peek()? != b':' {
                return Err(Broken::At(self.at).into());
            }
            self.at += 1;
            member(self, name)?;
            if self.is_last(b'}')? {
                return Ok(());
            }
        }
    }

    /// After an item: whether the list or object ends here, or goes on behind a comma.
    fn is_last(&mut self, close: u8) -> Result<bool, Broken> {
        let next = self.peek()?;
        if next != b',' && next != close {
            return Err(Broken::At(self.at));
        }
        self.at += 1;
        Ok(next == close)
    }

    /// Reads a value; lists and objects are skipped.
    pub(super) fn value(&mut self) -> Result<Value<'a>, Broken> {
        match self.peek()? {
            b'"' => Ok(std::str::from_utf8(self.text()?).map_or(Value::Else, Value::Text)),
            b'{' | b'[' => self.skip().map(|()| Value::Else),
            _ => match self.word()? {
                b"null" => Ok(Value::Null),
                b"true" | b"false" => Ok(Value::Else),
                word => {
                    let number = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
                    number.map(Value::Number).ok_or(Broken::At(self.at - word.len()))
                }
            },
        }
    }

    /// Reads a value and forgets it.
    pub(super) fn skip(&mut self) -> Result<(), Broken> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => drop(self.text()?),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                _ => drop(self.word()?),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// A text, whose quotation mark is the next byte.
    fn text(&mut self) -> Result<&'a [u8], Broken> {
        let begin = self.at + 1;
        let mut at = begin;
        loop {
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
                None => return Err(Broken::Cut),
            }
        }
        self.at = at + 1;
        self.bytes.get(begin..at).ok_or(Broken::Cut)
    }

    /// A number, or one of the three words.
    fn word(&mut self) -> Result<&'a [u8], Broken> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        if length == 0 {
            return Err(Broken::At(self.at));
        }
        self.at += length;
        Ok(&rest[..length])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(json: &str) -> Result<Value<'_>, Broken> {
        let mut scanner = Scanner::new(json.as_bytes());
        let value = scanner.value()?;
        scanner.end().map(|()| value)
    }

    #[test]
    fn values_are_read() {
        assert_eq!(one(" null "), Ok(Value::Null));
        assert_eq!(one("-1.5e3"), Ok(Value::Number(-1500.0)));
        assert_eq!(one(r#""a\"b""#), Ok(Value::Text(r#"a\"b"#)));
        for skipped in ["true", "[]", "{}", r#"[1,{"a":[null,"]"]}]"#, r#"{"a":{"b":"}"},"c":-1}"#] {
            assert_eq!(one(skipped), Ok(Value::Else), "{skipped}");
        }
    }

    #[test]
    fn what_ends_too_early_is_told_from_what_is_wrong() {
        for cut in ["", " ", "[", "[1", "{\"a\"", "\"a", "\"a\\\"", "[{\"a\":[1,"] {
            assert_eq!(one(cut), Err(Broken::Cut), "{cut}");
        }
        for wrong in ["nul", "}", "]", "1 2", "[] x", "<html>", ",", "1.2.3"] {
            assert!(matches!(one(wrong), Err(Broken::At(_))), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read(value in any::<f64>().prop_filter("finite", |value| value.is_finite()), text in "[^\"\\\\\\p{Cc}]*") {
            let json = serde_json::json!({"skipped": [value, {"text": text}], "number": value, "text": text}).to_string();
            let mut scanner = Scanner::new(json.as_bytes());
            let mut found = Vec::new();
            scanner.members(|scanner, name| {
                found.push((name, scanner.value()?));
                Ok::<_, Broken>(())
            }).unwrap();
            found.sort_by_key(|(name, _)| *name);
            prop_assert_eq!(found, [(&b"number"[..], Value::Number(value)), (&b"skipped"[..], Value::Else), (&b"text"[..], Value::Text(&text))]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop::sample::select(b"{}[],:\"\\ 1-enul\xff".to_vec()), 0..40)) {
            let mut scanner = Scanner::new(&bytes);
            let _ = scanner.value();
            let _ = scanner.skip();
            let _ = scanner.end();
        }
    }
}
