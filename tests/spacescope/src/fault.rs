use std::{fmt, str::FromStr};

/// A way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 429 with `Retry-After: 1`.
    TooManyRequests,
    /// 429 without `Retry-After`.
    TooManyRequestsWithoutRetryAfter,
    /// 500.
    ServerError,
    /// No answer at all.
    Timeout,
    /// The connection is cut in the middle of the body.
    Cut,
    /// JSON that ends in the middle, as a whole body.
    Truncated,
    /// A web page, with 200.
    Html,
    /// A day in the middle is not there.
    MissingDay,
    /// A day is there twice.
    DuplicatedDay,
    /// A figure is null.
    Null,
    /// A figure is negative.
    Negative,
    /// The newest day is not there yet.
    NotYet,
    /// The figures of the last week are others than before.
    Revised,
    /// A field has another name.
    Renamed,
    /// `{"data": []}`.
    Empty,
    /// Numbers are given as text.
    Strings,
}

const NAMES: [(Kind, &str); 18] = [
    (Kind::Unauthorized, "unauthorized"),
    (Kind::Forbidden, "forbidden"),
    (Kind::TooManyRequests, "too-many-requests"),
    (Kind::TooManyRequestsWithoutRetryAfter, "too-many-requests-without-retry-after"),
    (Kind::ServerError, "server-error"),
    (Kind::Timeout, "time-out"),
    (Kind::Cut, "cut"),
    (Kind::Truncated, "truncated"),
    (Kind::Html, "html"),
    (Kind::MissingDay, "missing-day"),
    (Kind::DuplicatedDay, "duplicated-day"),
    (Kind::Null, "null"),
    (Kind::Negative, "negative"),
    (Kind::NotYet, "not-yet"),
    (Kind::Revised, "revised"),
    (Kind::Renamed, "renamed"),
    (Kind::Empty, "empty"),
    (Kind::Strings, "strings"),
];

impl Kind {
    /// Every one of them.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(kind, _)| *kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().find(|(kind, _)| kind == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

/// A fault, and the calls that meet it: `html` (every call), `html@3` (the third from now on), `html@3x2` (the third and
/// the fourth).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// From which call on, counted from 1 when the fault is set.
    pub first: usize,
    /// For how many calls.
    pub calls: usize,
}

impl Fault {
    /// A fault of every call.
    #[must_use]
    pub const fn always(kind: Kind) -> Self {
        Self { kind, first: 1, calls: usize::MAX }
    }

    /// A fault of `calls` calls, the first of them call number `first`.
    #[must_use]
    pub const fn at(kind: Kind, first: usize, calls: usize) -> Self {
        Self { kind, first, calls }
    }

    pub(crate) fn meets(&self, call: usize) -> bool {
        call.checked_sub(self.first).is_some_and(|after| after < self.calls)
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, calls) = text.trim().split_once('@').unwrap_or((text.trim(), ""));
        let (kind, _) = *NAMES.iter().find(|(_, known)| *known == name).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(_, name)| *name).collect();
            format!("there is no fault {name:?}; there are {}", names.join(", "))
        })?;
        let (first, count) = calls.split_once('x').unwrap_or((calls, ""));
        let number = |text: &str, default: usize| {
            if text.is_empty() {
                Ok(default)
            } else {
                text.parse().map_err(|_| format!("{text:?} is no number of calls"))
            }
        };
        Ok(Self { kind, first: number(first, 1)?, calls: number(count, usize::MAX)? })
    }
}
