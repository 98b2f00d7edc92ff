/// Problems of one request that are listed; a hostile one has thousands. The rest is counted.
const MOST_LISTED: usize = 20;

/// One value of a request that is not possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is, as a JSON Pointer (RFC 6901): `/rbp`, `/rr/17`; empty for the request as a whole.
    pub pointer: String,
    /// What is wrong with it, and what would be right.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(field: &str, detail: impl Into<String>) -> Self {
        // RFC 6901, 3: `~` and `/` in a name are written `~0` and `~1`.
        let name: String = field.chars().take(80).collect();
        Self { pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")), detail: detail.into() }
    }

    pub(crate) fn at(field: &str, index: usize, detail: impl Into<String>) -> Self {
        Self { pointer: format!("/{field}/{index}"), detail: detail.into() }
    }
}

/// The problems found so far: the first twenty, and how many more there are.
#[derive(Default)]
pub(crate) struct Refusals {
    listed: Vec<Refusal>,
    unlisted: usize,
}

impl Refusals {
    pub(crate) fn add(&mut self, refusal: impl FnOnce() -> Refusal) {
        if self.listed.len() < MOST_LISTED {
            self.listed.push(refusal());
        } else {
            self.unlisted += 1;
        }
    }

    /// The value, or where there was a problem all of them.
    pub(crate) fn unless_any<T>(mut self, value: T) -> Result<T, Vec<Refusal>> {
        if self.listed.is_empty() {
            return Ok(value);
        }
        if self.unlisted > 0 {
            let detail = format!("{} more values are not valid; correct these first", self.unlisted);
            self.listed.push(Refusal { pointer: String::new(), detail });
        }
        Err(self.listed)
    }
}
