use std::fmt;

use serde::{Serialize, Serializer};
use suggest::Unknown;

/// What a caller may do. Every operation requires one or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Data and forecasts.
    Read,
    /// Jobs in the background.
    Jobs,
    /// Whatever spends money at a model provider.
    Models,
    /// Other MCP servers and agents.
    Connect,
    /// Deployments of MCP servers.
    Deploy,
    /// Allowing what waits for approval.
    Approve,
    /// Keys, snapshots, settings.
    Admin,
}

impl Scope {
    /// All, from the least to the most.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Jobs, Self::Models, Self::Connect, Self::Deploy, Self::Approve, Self::Admin];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Jobs => "jobs",
            Self::Models => "models",
            Self::Connect => "connect",
            Self::Deploy => "deploy",
            Self::Approve => "approve",
            Self::Admin => "admin",
        }
    }

    /// What it permits, in words for a consent page.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Read => "Read network data and run forecasts",
            Self::Jobs => "Start jobs that run in the background, and see and cancel yours",
            Self::Models => "Ask language models, which may cost the operator money",
            Self::Connect => "Use other MCP servers and agents that are connected here",
            Self::Deploy => "Deploy and remove MCP servers",
            Self::Approve => "Allow what other people ask approval for",
            Self::Admin => "Administer keys, data and settings",
        }
    }

    /// The scope of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every one. The operator has these.
    pub const ALL: Self = Self(0x7f);
    /// Those a key can hand on to a client by signing in. Administering, deploying and approving need the key itself.
    pub const DELEGABLE: Self = Self::of(&[Scope::Read, Scope::Jobs, Scope::Models, Scope::Connect]);
    /// Those of a key that was made without saying which.
    pub const DEFAULT: Self = Self::of(&[Scope::Read, Scope::Jobs]);

    /// The set of these.
    #[must_use]
    pub const fn of(scopes: &[Scope]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < scopes.len() {
            bits |= scopes[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Reads names separated by spaces, as OAuth and the database write them.
    ///
    /// # Errors
    /// The first name that is not known.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        Self::from_names(text.split_ascii_whitespace())
    }

    /// Reads a list of names.
    ///
    /// # Errors
    /// The first name that is not known.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownScope> {
        names.into_iter().try_fold(Self::NONE, |set, name| {
            Scope::named(name).map(|scope| set.with(scope)).ok_or_else(|| UnknownScope::new(name))
        })
    }

    /// The known ones among names separated by spaces.
    #[must_use]
    pub fn known(text: &str) -> Self {
        text.split_ascii_whitespace().filter_map(Scope::named).collect()
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | scope.bit())
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether `scope` is in it.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether all of `other` are in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each, from the least to the most.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Names separated by spaces.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().enumerate().try_for_each(|(index, scope)| {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}", scope.name())
        })
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scopes({self})")
    }
}

/// A list of names.
impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Scope::name))
    }
}

/// A scope that does not exist. Displayed as sentences that name the nearest and list all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownScope(Unknown);

impl UnknownScope {
    fn new(name: &str) -> Self {
        Self(Unknown::new(name, Scope::ALL.map(Scope::name)))
    }
}

impl fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.listing(&Scope::ALL.map(Scope::name)))
    }
}

impl std::error::Error for UnknownScope {}
