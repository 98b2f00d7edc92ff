/// Most bytes of a query or form that are read.
const LONGEST: usize = 16 * 1024;

/// The parameters of a query or form.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// A parameter that may be given once only was given twice (RFC 6749, section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated(pub &'static str);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text, the form of queries and of `/token`'s bodies. What is longer than
    /// 16 KiB has no parameters.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = if text.len() > LONGEST { "" } else { text };
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// A parameter that may be given once. One without a value counts as not given (RFC 6749, section 3.1).
    ///
    /// # Errors
    /// When it is given twice.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let value = values.next();
        match values.next() {
            Some(_) => Err(Repeated(name)),
            None => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// All values of a parameter that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}
