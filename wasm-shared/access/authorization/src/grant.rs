use access::{Delegation, Hash, Millis, Scopes};

/// How long a code is good, in milliseconds.
pub(crate) const CODE_LIFETIME: Millis = 60_000;
/// How long an access token is good.
pub(crate) const ACCESS_LIFETIME: Millis = 3_600_000;
/// How long a refresh token is good; each new one is good for as long again.
pub(crate) const REFRESH_LIFETIME: Millis = 30 * 86_400_000;
/// How long a grant is good, however often it is refreshed.
pub(crate) const GRANT_LIFETIME: Millis = 180 * 86_400_000;
/// How long the former refresh token stays good for a client that did not get the answer, or that refreshes from several
/// places at once.
pub(crate) const REFRESH_GRACE: Millis = 600_000;

/// A person's consent that a client may use a key here. Every code and token belongs to one, and ends with it.
///
/// `generation` is its whole state. 0: the code was not exchanged yet. n: the newest refresh token is the n-th; that of
/// n - 1 is good for [`REFRESH_GRACE`] more; an older one was stolen or kept by mistake, and ends the grant. Every step
/// compares and sets it, so two requests at once cannot both take the same step.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Its public id.
    pub id: String,
    /// The key that it delegates.
    pub key: String,
    /// Who owns that key, and sees the grant in lists.
    pub owner: String,
    /// The client.
    pub client_id: String,
    /// What the client said it is called.
    pub client_name: String,
    /// The host that the client is answered at.
    pub redirect_host: String,
    /// What its tokens are for: this server's MCP endpoint, as it was called at the consent.
    pub resource: String,
    /// What was consented to.
    pub scopes: Scopes,
    /// When.
    pub created: Millis,
    /// Until when, at most.
    pub expires: Millis,
    /// When it was ended.
    pub ended: Option<Millis>,
    /// Number of the newest refresh token; 0 before the code was exchanged.
    pub generation: i64,
    /// When the newest generation began.
    pub rotated: Millis,
    /// When tokens were last issued.
    pub last_used: Option<Millis>,
}

impl Grant {
    /// Whether it gives access at `now`, if its key does.
    #[must_use]
    pub fn is_alive(&self, now: Millis) -> bool {
        self.ended.is_none() && now < self.expires
    }
}

/// An authorization code. It is used up when its grant's generation is not 0 any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The code's hash.
    pub hash: Hash,
    /// Its grant.
    pub grant: String,
    /// The redirect URI of the authorization request, as it came.
    pub redirect_uri: String,
    /// The PKCE challenge.
    pub challenge: String,
    /// Until when it is good.
    pub expires: Millis,
}

/// A refresh token.
#[derive(Clone, Debug, PartialEq)]
pub struct RefreshToken {
    /// Its hash.
    pub hash: Hash,
    /// Its grant.
    pub grant: String,
    /// Its number in the grant.
    pub generation: i64,
    /// Until when it is good.
    pub expires: Millis,
}

/// An access token.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    /// Its hash.
    pub hash: Hash,
    /// Its grant.
    pub grant: String,
    /// What it may do, at most.
    pub scopes: Scopes,
    /// Until when it is good.
    pub expires: Millis,
}

impl AccessToken {
    /// What the token stands for, as the guard wants it.
    #[must_use]
    pub fn delegation(&self, grant: &Grant) -> Delegation {
        Delegation {
            grant: grant.id.clone(),
            client: grant.client_id.clone(),
            scopes: self.scopes.and(grant.scopes),
            expires: self.expires.min(grant.expires),
            ended: grant.ended.is_some(),
        }
    }
}
