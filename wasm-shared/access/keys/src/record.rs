use crate::{Hash, Millis, Scopes, Secret};

/// A key's last use is written at most this often, in milliseconds.
const TOUCH_EVERY: Millis = 60_000;
/// Longest name of a key or owner, in characters.
const LONGEST_NAME: usize = 100;

/// A stored API key. The secret itself is not here.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRecord {
    /// Its public id; stays the same when the secret is rotated.
    pub id: String,
    /// What the operator calls it.
    pub name: String,
    /// Whose work it does: its own id unless the operator gives several keys the same owner.
    pub owner: String,
    /// The secret's first characters, for recognition.
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
    /// How often.
    pub limits: Limits,
    /// Tokens of language models that it may spend on a UTC day; the deployment's budget where none is given.
    pub tokens_per_day: Option<u32>,
    /// When it was made.
    pub created: Millis,
    /// When it was last used, to the minute.
    pub last_used: Option<Millis>,
    /// From when on it is not good any more.
    pub expires: Option<Millis>,
    /// When it was taken back.
    pub revoked: Option<Millis>,
    /// The secret's hash.
    pub hash: Hash,
    /// The secret before the last rotation.
    pub previous: Option<Previous>,
}

/// A secret that was rotated out and is still good for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Previous {
    /// Its hash.
    pub hash: Hash,
    /// Until when it is good.
    pub good_until: Millis,
}

/// Requests a key or an address may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In a window of 60 s that the first request opens.
    pub per_minute: u32,
    /// In a UTC day.
    pub per_day: u32,
}

impl Limits {
    /// A key's, where the operator says nothing.
    pub const DEFAULT: Self = Self { per_minute: 60, per_day: 10_000 };
    /// The largest that can be given.
    pub const MOST: Self = Self { per_minute: 1_000_000, per_day: 1_000_000_000 };
}

/// Whether a key is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Good,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl KeyRecord {
    /// Makes the record of a new key whose secret was just minted.
    #[must_use]
    pub fn new(new: NewKey, id: String, secret: &Secret, now: Millis) -> Self {
        Self {
            owner: new.owner.unwrap_or_else(|| id.clone()),
            id,
            name: new.name,
            prefix: secret.recognizable().to_owned(),
            scopes: new.scopes,
            limits: new.limits,
            tokens_per_day: new.tokens_per_day,
            created: now,
            last_used: None,
            expires: new.expires,
            revoked: None,
            hash: secret.hash(),
            previous: None,
        }
    }

    /// Whether it is good at `now`.
    #[must_use]
    pub const fn standing(&self, now: Millis) -> Standing {
        match (self.revoked, self.expires) {
            (Some(_), _) => Standing::Revoked,
            (None, Some(expires)) if now >= expires => Standing::Expired,
            _ => Standing::Good,
        }
    }

    /// Whether a use at `now` is worth a write: the last one that was written is a minute old.
    #[must_use]
    pub fn is_touch_due(&self, now: Millis) -> bool {
        self.last_used.is_none_or(|last| last <= now - TOUCH_EVERY)
    }

    /// The record with a new secret in place of the old one, which stays good for `grace` milliseconds. Id, quota and
    /// grants stay.
    #[must_use]
    pub fn rotated(self, secret: &Secret, now: Millis, grace: Millis) -> Self {
        let previous = (grace > 0).then_some(Previous { hash: self.hash, good_until: now + grace });
        Self { previous, prefix: secret.recognizable().to_owned(), hash: secret.hash(), ..self }
    }
}

/// What an operator asks for in a new key.
#[derive(Clone, Debug, PartialEq)]
pub struct NewKey {
    /// What to call it.
    pub name: String,
    /// Whose work it does.
    pub owner: Option<String>,
    /// What it may do.
    pub scopes: Scopes,
    /// How often.
    pub limits: Limits,
    /// Tokens of language models that it may spend on a UTC day.
    pub tokens_per_day: Option<u32>,
    /// Until when.
    pub expires: Option<Millis>,
}

/// A value that cannot be: the field and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field's name on the wire.
    pub field: &'static str,
    /// A sentence.
    pub detail: String,
}

impl NewKey {
    /// Names every value that cannot be.
    #[must_use]
    pub fn problems(&self, now: Millis) -> Vec<Invalid> {
        let change = KeyChange {
            name: Some(self.name.clone()),
            owner: self.owner.clone(),
            scopes: Some(self.scopes),
            per_minute: Some(self.limits.per_minute),
            per_day: Some(self.limits.per_day),
            tokens_per_day: self.tokens_per_day,
            expires: self.expires.map(Expiry::At),
        };
        change.problems(now)
    }
}

/// What an operator changes in a key; `None` leaves a value as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyChange {
    /// What to call it.
    pub name: Option<String>,
    /// Whose work it does.
    pub owner: Option<String>,
    /// What it may do.
    pub scopes: Option<Scopes>,
    /// Requests a minute.
    pub per_minute: Option<u32>,
    /// Requests a day.
    pub per_day: Option<u32>,
    /// Tokens of language models a day.
    pub tokens_per_day: Option<u32>,
    /// Until when.
    pub expires: Option<Expiry>,
}

/// Until when a key is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// For ever.
    Never,
    /// Until then.
    At(Millis),
}

impl Expiry {
    /// The time, if there is one.
    #[must_use]
    pub const fn time(self) -> Option<Millis> {
        match self {
            Self::Never => None,
            Self::At(time) => Some(time),
        }
    }
}

impl KeyChange {
    /// Names every value that cannot be.
    #[must_use]
    pub fn problems(&self, now: Millis) -> Vec<Invalid> {
        let mut problems = Vec::new();
        let mut check = |field, fine: bool, detail: String| {
            if !fine {
                problems.push(Invalid { field, detail });
            }
        };
        for (field, text) in [("name", &self.name), ("owner", &self.owner)] {
            let fine = text.as_deref().is_none_or(is_name);
            check(field, fine, format!("Give 1 to {LONGEST_NAME} characters without line breaks."));
        }
        let fine = self.scopes.is_none_or(|scopes| !scopes.is_empty());
        check("scopes", fine, "Give at least one scope.".to_owned());
        for (field, value, most) in [
            ("requests_per_minute", self.per_minute, Limits::MOST.per_minute),
            ("requests_per_day", self.per_day, Limits::MOST.per_day),
        ] {
            let fine = value.is_none_or(|value| (1..=most).contains(&value));
            check(field, fine, format!("Give a whole number from 1 to {most}."));
        }
        let fine = self.expires.and_then(Expiry::time).is_none_or(|expires| expires > now);
        check("expires_at", fine, "Give a time in the future.".to_owned());
        problems
    }

    /// The record with these changes.
    #[must_use]
    pub fn apply(&self, mut record: KeyRecord) -> KeyRecord {
        record.name = self.name.clone().unwrap_or(record.name);
        record.owner = self.owner.clone().unwrap_or(record.owner);
        record.scopes = self.scopes.unwrap_or(record.scopes);
        record.limits.per_minute = self.per_minute.unwrap_or(record.limits.per_minute);
        record.limits.per_day = self.per_day.unwrap_or(record.limits.per_day);
        record.tokens_per_day = self.tokens_per_day.or(record.tokens_per_day);
        record.expires = self.expires.map_or(record.expires, Expiry::time);
        record
    }
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control)
}
