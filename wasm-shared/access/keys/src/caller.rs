use crate::{Hash, KeyRecord, Limits, Millis, Scopes, Standing, address::AddressHash};

/// A caller: recognized by a credential, or anonymous.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// How the caller was recognized.
    pub who: Who,
    /// The key's name; `anonymous`, `operator`.
    pub name: String,
    /// Whose jobs, connections and deployments the caller sees. None for an anonymous caller, who owns nothing.
    pub owner: Option<String>,
    /// What the caller may do.
    pub scopes: Scopes,
    /// How often; `None` for the operator, who is not counted.
    pub limits: Option<Limits>,
    /// Tokens of language models that the caller's key may spend on a UTC day, where the operator has said so for it.
    pub tokens_per_day: Option<u32>,
}

/// How a caller was recognized.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// By address only.
    Anonymous(AddressHash),
    /// By an API key.
    Key {
        /// The key's id.
        id: String,
    },
    /// By an access token, which stands for a key.
    Token {
        /// The id of the key it stands for.
        key: String,
        /// The grant it belongs to.
        grant: String,
        /// The client that holds it.
        client: String,
    },
    /// By `ADMIN_API_KEY`.
    Operator,
}

impl Caller {
    /// A caller without a credential.
    #[must_use]
    pub fn anonymous(address: AddressHash, scopes: Scopes, limits: Limits) -> Self {
        let who = Who::Anonymous(address);
        Self {
            who,
            name: "anonymous".to_owned(),
            owner: None,
            scopes,
            limits: Some(limits),
            tokens_per_day: None,
        }
    }

    /// The operator, who deployed this.
    #[must_use]
    pub fn operator() -> Self {
        let name = "operator".to_owned();
        Self {
            who: Who::Operator,
            owner: Some(name.clone()),
            name,
            scopes: Scopes::ALL,
            limits: None,
            tokens_per_day: None,
        }
    }

    /// Whose counter a request counts in. A token spends its key's quota. `None` for the operator.
    #[must_use]
    pub fn quota_subject(&self) -> Option<String> {
        match &self.who {
            Who::Anonymous(address) => Some(format!("address:{address}")),
            Who::Key { id } | Who::Token { key: id, .. } => Some(format!("key:{id}")),
            Who::Operator => None,
        }
    }

    /// Who did something, for the audit trail: a key's id, `operator`, `anonymous`.
    #[must_use]
    pub fn actor(&self) -> &str {
        match &self.who {
            Who::Key { id } | Who::Token { key: id, .. } => id,
            Who::Operator | Who::Anonymous(_) => &self.name,
        }
    }

    /// Whether a credential was recognized.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        !matches!(self.who, Who::Anonymous(_))
    }
}

/// What became of a credential.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// There was none.
    Anonymous,
    /// It is not good. Never taken for [`Self::Anonymous`]: a client that holds a dead key has to learn of it.
    Refused(Refusal),
    /// It is good.
    Known(Caller),
}

/// Why a credential is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The `Authorization` header is not `Bearer <credential>`, or there are two.
    NotBearer,
    /// The checksum shows that it was mistyped or cut.
    Mistyped,
    /// A refresh token or a code, which only `/token` takes.
    WrongKind,
    /// No such key or token.
    Unknown,
    /// It was good until a time that has passed.
    Expired,
    /// It was taken back, or belongs to a key or a grant that was.
    Revoked,
    /// A token made for another server.
    OtherResource,
}

impl Refusal {
    /// A stable name for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotBearer => "AUTHORIZATION_MALFORMED",
            Self::Mistyped => "KEY_MISTYPED",
            Self::WrongKind => "KEY_WRONG_KIND",
            Self::Unknown => "KEY_UNKNOWN",
            Self::Expired => "KEY_EXPIRED",
            Self::Revoked => "KEY_REVOKED",
            Self::OtherResource => "TOKEN_FOR_ANOTHER_SERVER",
        }
    }

    /// A sentence that says what to do.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::NotBearer => "Send the key as `Authorization: Bearer <key>`, once.",
            Self::Mistyped => {
                "The key is incomplete or mistyped: its checksum does not fit. Copy it again as a whole."
            }
            Self::WrongKind => {
                "This is a refresh token or an authorization code, which only /token takes. Send an access token or an API key."
            }
            Self::Unknown => {
                "This key or token is not known here. Ask the operator for a key, or sign in again."
            }
            Self::Expired => {
                "This key or token has expired. Ask the operator for a new key, or sign in again."
            }
            Self::Revoked => {
                "This key or token was revoked. Ask the operator for a new key, or sign in again."
            }
            Self::OtherResource => "This token was issued for another server. Sign in to this one.",
        }
    }
}

/// What a stored access token stands for: the key that was pasted at the consent, narrowed by the consent.
#[derive(Clone, Debug, PartialEq)]
pub struct Delegation {
    /// The grant.
    pub grant: String,
    /// The client that holds the token.
    pub client: String,
    /// What was consented to for this token.
    pub scopes: Scopes,
    /// Until when the token is good.
    pub expires: Millis,
    /// Whether the grant was ended.
    pub ended: bool,
}

impl Delegation {
    /// What became of a token that was found, given what became of the key behind it.
    ///
    /// Its scopes are those that both the consent and the key have now, and it dies with the key.
    #[must_use]
    pub fn lookup(&self, key: Lookup, now: Millis) -> Lookup {
        let key = match key {
            Lookup::Known(key) => key,
            Lookup::Refused(Refusal::Expired) => return Lookup::Refused(Refusal::Expired),
            Lookup::Refused(_) | Lookup::Anonymous => return Lookup::Refused(Refusal::Revoked),
        };
        let Who::Key { id } = key.who else { return Lookup::Refused(Refusal::Revoked) };
        if self.ended {
            return Lookup::Refused(Refusal::Revoked);
        }
        if now >= self.expires {
            return Lookup::Refused(Refusal::Expired);
        }
        let who = Who::Token { key: id, grant: self.grant.clone(), client: self.client.clone() };
        let scopes = key.scopes.and(self.scopes).and(Scopes::DELEGABLE);
        Lookup::Known(Caller { who, scopes, ..key })
    }
}

impl KeyRecord {
    /// The caller who presents this key, or why it is not good. `presented` is the hash that was looked up: the present
    /// secret's, or the former one's during the grace of a rotation.
    #[must_use]
    pub fn lookup(&self, presented: &Hash, now: Millis) -> Lookup {
        let former = self.previous.as_ref().filter(|previous| previous.hash == *presented);
        match self.standing(now) {
            Standing::Revoked => Lookup::Refused(Refusal::Revoked),
            Standing::Expired => Lookup::Refused(Refusal::Expired),
            Standing::Good if self.hash == *presented => Lookup::Known(self.caller()),
            Standing::Good => match former {
                Some(previous) if now < previous.good_until => Lookup::Known(self.caller()),
                Some(_) => Lookup::Refused(Refusal::Expired),
                None => Lookup::Refused(Refusal::Unknown),
            },
        }
    }

    /// The caller for whom this key stands behind a token: the key, whatever its secret is now.
    #[must_use]
    pub fn lookup_by_id(&self, now: Millis) -> Lookup {
        self.lookup(&self.hash, now)
    }

    fn caller(&self) -> Caller {
        Caller {
            who: Who::Key { id: self.id.clone() },
            name: self.name.clone(),
            owner: Some(self.owner.clone()),
            scopes: self.scopes,
            limits: Some(self.limits),
            tokens_per_day: self.tokens_per_day,
        }
    }
}
