//! `POST /revoke` (RFC 7009): a client gives its tokens back.

use access::{Hash, Kind, Secret};

use crate::{Grant, OauthError, Params, token::client_id};

/// A request to revoke a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRequest {
    client_id: String,
    /// The token to look up; `None` for what cannot be one of ours.
    pub token: Option<(Kind, Hash)>,
}

impl RevocationRequest {
    /// Reads a form and the `Authorization` header. `token_type_hint` is not needed: tokens say what they are.
    ///
    /// # Errors
    /// When something is missing or sent twice.
    pub fn read(form: &Params, authorization: Option<&str>) -> Result<Self, OauthError> {
        let client_id = client_id(form, authorization)?;
        let token = form.one("token")?.ok_or_else(|| OauthError::invalid_request("Send `token`."))?;
        let secret = Secret::parse(token).ok();
        let token = secret.map(|secret| (secret.kind(), secret.hash()));
        let token = token.filter(|(kind, _)| matches!(kind, Kind::AccessToken | Kind::RefreshToken));
        Ok(Self { client_id, token })
    }

    /// What to end, given the grant that the token was found to belong to. The answer is 200 in every case.
    #[must_use]
    pub fn decide(&self, grant: Option<&Grant>) -> Revocation {
        match (self.token, grant) {
            // A token of another client stays; its client does not learn that this one knew it.
            (Some((kind, hash)), Some(grant)) if grant.client_id == self.client_id => match kind {
                Kind::RefreshToken => Revocation::Grant(grant.id.clone()),
                _ => Revocation::AccessToken(hash),
            },
            _ => Revocation::Nothing,
        }
    }
}

/// What a revocation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Nothing: the token is unknown, or another client's.
    Nothing,
    /// This access token; the client can get another by its refresh token.
    AccessToken(Hash),
    /// The grant, and with it all its tokens.
    Grant(String),
}
