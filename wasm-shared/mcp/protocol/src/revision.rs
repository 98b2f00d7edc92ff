//! The revisions of the protocol, and what each of them knows.

use std::fmt;

/// A published revision of the Model Context Protocol, oldest first in the order of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// The first one, by `initialize`.
    V2024_11_05,
    /// Streamable HTTP, tool annotations, audio, batches.
    V2025_03_26,
    /// Structured output, resource links, elicitation, the version header; batches gone.
    V2025_06_18,
    /// Icons, titled choices in elicitation; the last one by `initialize`.
    V2025_11_25,
    /// No handshake and no session: every request says who it is.
    V2026_07_28,
}

impl Revision {
    /// Every revision this crate speaks, the newest first, as servers list them.
    pub const ALL: [Self; 5] =
        [Self::V2026_07_28, Self::V2025_11_25, Self::V2025_06_18, Self::V2025_03_26, Self::V2024_11_05];

    /// The newest revision that begins with `initialize`.
    pub const NEWEST_BY_HANDSHAKE: Self = Self::V2025_11_25;

    /// What a request without any version is taken for: clients older than 2025-06-18 send no version header, and
    /// that revision's text says to assume this one.
    pub const ASSUMED: Self = Self::V2025_03_26;

    /// The revision of this name, if there is one.
    ///
    /// ```
    /// use mcp_protocol::Revision;
    /// assert_eq!(Revision::parse("2025-06-18"), Some(Revision::V2025_06_18));
    /// assert_eq!(Revision::parse("2025-06-19"), None);
    /// ```
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.name() == name)
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// Whether each request carries its own version, client and capabilities, and nothing is negotiated before.
    #[must_use]
    pub fn is_stateless(self) -> bool {
        self >= Self::V2026_07_28
    }

    /// Whether a POST may carry a JSON-RPC batch. 2025-06-18 took batches out again.
    #[must_use]
    pub fn has_batches(self) -> bool {
        self <= Self::V2025_03_26
    }

    /// Whether results may have `structuredContent`, and tools an `outputSchema`.
    #[must_use]
    pub fn has_structured_output(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether structured output may be something other than an object.
    #[must_use]
    pub fn has_any_structured_output(self) -> bool {
        self.is_stateless()
    }

    /// Whether content may link to a resource.
    #[must_use]
    pub fn has_resource_links(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether content may be audio.
    #[must_use]
    pub fn has_audio(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether an error may leave out the id of a request that could not be read. Before, JSON-RPC's `null` stood there.
    #[must_use]
    pub fn omits_unknown_id(self) -> bool {
        self >= Self::V2025_11_25
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_order_as_the_revisions_do() {
        let mut names: Vec<_> = Revision::ALL.iter().map(|revision| revision.name()).collect();
        let newest_first = names.clone();
        names.sort_unstable();
        names.reverse();
        assert_eq!(names, newest_first);
        assert!(Revision::ALL.is_sorted_by(|newer, older| newer > older));
    }

    #[test]
    fn every_name_is_read_back() {
        for revision in Revision::ALL {
            assert_eq!(Revision::parse(revision.name()), Some(revision));
        }
    }

    #[test]
    fn only_the_newest_goes_without_a_handshake() {
        assert_eq!(Revision::ALL.into_iter().filter(|revision| revision.is_stateless()).count(), 1);
        assert!(!Revision::NEWEST_BY_HANDSHAKE.is_stateless());
    }
}
