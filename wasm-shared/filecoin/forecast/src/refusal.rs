/// One value of a request that is not possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it is, as a JSON Pointer (RFC 6901): `/rbp`, `/rr/17`.
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
