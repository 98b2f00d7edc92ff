//! Grants, codes, tokens and clients in the platform's database.
//!
//! Every step of a grant compares its generation with the one that was decided upon, in one transaction with what the
//! step stores. Where two requests take the same step at once, one of them finds that it did not, and decides again.

use access::{
    Configured, Delegation, Hash, KeyRecord, Kind, Lookup, Millis, Refusal, Scopes,
    audit::AuditRow,
    store::{KeyStore, PAGE, Page, append, audit_values},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use platform::{OutsideError, Platform, Statement, Value};

use crate::{
    AccessToken, Client, Code, Grant, Issuer, OauthError, RefreshToken, SealingKey,
    client_metadata::{Copy, MOST_DOCUMENTS},
    consent::Consented,
    grant::REFRESH_LIFETIME,
    login::{Login, State},
    registration::{KEPT, MOST_CLIENTS},
    revocation::{Revocation, RevocationRequest},
    token::{By, Issue, Randomness, Redemption, TokenRequest, exchange, refresh},
};

const MIGRATIONS: [&str; 2] =
    [include_str!("../migrations/0001_grants.sql"), include_str!("../migrations/0002_logins.sql")];

const DAY: Millis = 86_400_000;
/// Requests that take the same step of one grant at once are decided again this often.
const ATTEMPTS: usize = 5;
/// Most logins that wait at once; beyond that, those that began first go.
const MOST_LOGINS: i64 = 10_000;

/// The statements that find a code or token, its grant, and the grant's key.
macro_rules! find_in {
    ($table:literal) => {
        [
            concat!("SELECT * FROM ", $table, " WHERE hash = ?1"),
            concat!(
                "SELECT * FROM oauth_grants WHERE id = (SELECT grant_id FROM ",
                $table,
                " WHERE hash = ?1)"
            ),
            concat!(
                "SELECT * FROM api_keys WHERE id = (SELECT key FROM oauth_grants WHERE id = (SELECT grant_id FROM ",
                $table,
                " WHERE hash = ?1))"
            ),
        ]
    };
}
/// Grants and what belongs to them.
#[derive(Clone, Copy)]
pub struct GrantStore<'a>(&'a Platform);

/// An access token that was found, with what it stands for.
#[derive(Clone, Debug)]
pub struct FoundToken {
    /// What the token may do, and until when.
    pub delegation: Delegation,
    /// The id of the key behind it.
    pub key_id: String,
    /// That key, where it is a stored one.
    pub key: Option<KeyRecord>,
    /// What the token is for.
    pub resource: String,
}

impl FoundToken {
    /// What became of the token. One that was issued under another address of this server, or by another server that
    /// has the same database, is refused (RFC 8707).
    #[must_use]
    pub fn lookup(&self, issuer: &Issuer, configured: &Configured, now: Millis) -> Lookup {
        if self.resource != issuer.resource() {
            return Lookup::Refused(Refusal::OtherResource);
        }
        self.delegation.lookup(key_lookup(configured, &self.key_id, self.key.as_ref(), now), now)
    }
}

/// What became of the key with an id, configured or stored.
fn key_lookup(configured: &Configured, id: &str, stored: Option<&KeyRecord>, now: Millis) -> Lookup {
    configured.lookup_by_id(id).unwrap_or_else(|| {
        stored.map_or(Lookup::Refused(Refusal::Unknown), |record| record.lookup_by_id(now))
    })
}

impl<'a> GrantStore<'a> {
    /// Opens the store, and makes its tables and those of keys where they are not there yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(platform: &'a Platform) -> Result<Self, OutsideError> {
        KeyStore::open(platform).await?;
        platform::migrate(platform, "authorization", &MIGRATIONS).await?;
        Ok(Self(platform))
    }

    /// The deployment's key for sealing. The first caller's random bytes become it.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn sealing_key(&self, random: [u8; 32]) -> Result<SealingKey, OutsideError> {
        let proposed = BASE64_URL_SAFE_NO_PAD.encode(random);
        let statements = vec![
            Statement::new(
                "INSERT INTO oauth_secrets (name, value) VALUES ('seal', ?1) ON CONFLICT (name) DO NOTHING",
                [proposed.into()],
            ),
            Statement::new("SELECT value FROM oauth_secrets WHERE name = 'seal'", []),
        ];
        let rows = self.run(statements).await?;
        let text = rows.get(1).and_then(|rows| rows.first()?.first()?.as_text());
        let bytes = text.and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok());
        bytes.map(SealingKey::new).ok_or_else(unreadable)
    }

    /// Keeps a consent: the grant, its code, and the audit row.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save(&self, consented: &Consented, audit: &AuditRow) -> Result<(), OutsideError> {
        let Consented { grant, code, .. } = consented;
        let statements = vec![
            Statement::new(
                "INSERT INTO oauth_grants (id, key, owner, client_id, client_name, redirect_host, resource, scopes, \
                 created, expires, generation, rotated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                [
                    grant.id.as_str().into(),
                    grant.key.as_str().into(),
                    grant.owner.as_str().into(),
                    grant.client_id.as_str().into(),
                    grant.client_name.as_str().into(),
                    grant.redirect_host.as_str().into(),
                    grant.resource.as_str().into(),
                    grant.scopes.to_string().into(),
                    grant.created.into(),
                    grant.expires.into(),
                    grant.generation.into(),
                    grant.rotated.into(),
                ],
            ),
            Statement::new(
                "INSERT INTO oauth_codes (hash, grant_id, redirect_uri, challenge, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
                [
                    code.hash.to_string().into(),
                    code.grant.as_str().into(),
                    code.redirect_uri.as_str().into(),
                    code.challenge.as_str().into(),
                    code.expires.into(),
                ],
            ),
            append(audit),
            // What is over long ago goes when something new comes. A used code stays for a day, so that its second use
            // is noticed.
            Statement::new("DELETE FROM oauth_codes WHERE expires < ?1", [(grant.created - DAY).into()]),
            Statement::new(
                "DELETE FROM oauth_grants WHERE (generation = 0 AND created < ?1) OR expires < ?2 OR ended < ?2",
                [(grant.created - DAY).into(), (grant.created - 30 * DAY).into()],
            ),
            // A host asks with a token that ran out before it refreshes. Unknown tokens count against the address that sends
            // them, which a host's users share; so it stays for as long as it could be refreshed.
            Statement::new(
                "DELETE FROM oauth_access_tokens WHERE expires < ?1",
                [(grant.created - REFRESH_LIFETIME).into()],
            ),
            Statement::new("DELETE FROM oauth_refresh_tokens WHERE expires < ?1", [grant.created.into()]),
        ];
        self.run(statements).await.map(drop)
    }

    /// Answers `/token`: gives the body of the 200, or the error.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn redeem(
        &self,
        request: &TokenRequest,
        configured: &Configured,
        random: Randomness,
        now: Millis,
    ) -> Result<Result<serde_json::Value, OauthError>, OutsideError> {
        for _ in 0..ATTEMPTS {
            match self.decide(request, configured, random, now).await? {
                Redemption::Refuse(error) | Redemption::EndGrant(error) => return Ok(Err(error)),
                Redemption::Issue(issue) => {
                    if self.issue(&issue).await? {
                        return Ok(Ok(issue.body));
                    }
                }
            }
        }
        Err(OutsideError::new("database", "a grant changes too often to be refreshed"))
    }

    async fn decide(
        &self,
        request: &TokenRequest,
        configured: &Configured,
        random: Randomness,
        now: Millis,
    ) -> Result<Redemption, OutsideError> {
        let (kind, hash) = match request.by() {
            By::Code { code, .. } => (Kind::Code, code),
            By::Refresh(token) => (Kind::RefreshToken, token),
        };
        let found = self.find(kind, hash).await?;
        let key = found.as_ref().map_or(Lookup::Anonymous, |found| {
            key_lookup(configured, &found.grant.key, found.key.as_ref(), now)
        });
        let redemption = match found.as_ref().map(|found| (&found.token, &found.grant)) {
            Some((Token::Code(code), grant)) => exchange(request, Some((code, grant)), &key, random, now),
            Some((Token::Refresh(token), grant)) => refresh(request, Some((token, grant)), &key, random, now),
            Some((Token::Access(_), _)) | None if kind == Kind::Code => {
                exchange(request, None, &key, random, now)
            }
            Some((Token::Access(_), _)) | None => refresh(request, None, &key, random, now),
        };
        if let (Redemption::EndGrant(_), Some(found)) = (&redemption, &found) {
            self.end(&found.grant.id, now).await?;
        }
        Ok(redemption)
    }

    /// Takes a step of a grant, unless another request took it. Says whether it did.
    async fn issue(&self, issue: &Issue) -> Result<bool, OutsideError> {
        let Issue { access, refresh, .. } = issue;
        let attempt = access.hash.to_string();
        let grant = || Value::from(issue.grant.as_str());
        let statements = vec![
            Statement::new(
                "UPDATE oauth_grants SET rotated = CASE WHEN ?3 > generation THEN ?4 ELSE rotated END, \
                 generation = ?3, last_used = ?4, attempt = ?5 \
                 WHERE id = ?1 AND generation = ?2 AND ended IS NULL RETURNING id",
                [grant(), issue.from.into(), issue.to.into(), issue.now.into(), attempt.as_str().into()],
            ),
            // The tokens are stored only where the statement before this one took the step.
            Statement::new(
                "INSERT INTO oauth_access_tokens (hash, grant_id, scopes, expires) SELECT ?1, ?2, ?3, ?4 \
                 WHERE EXISTS (SELECT 1 FROM oauth_grants WHERE id = ?2 AND attempt = ?1)",
                [attempt.as_str().into(), grant(), access.scopes.to_string().into(), access.expires.into()],
            ),
            Statement::new(
                "INSERT INTO oauth_refresh_tokens (hash, grant_id, generation, expires) SELECT ?1, ?2, ?3, ?4 \
                 WHERE EXISTS (SELECT 1 FROM oauth_grants WHERE id = ?2 AND attempt = ?5)",
                [
                    refresh.hash.to_string().into(),
                    grant(),
                    refresh.generation.into(),
                    refresh.expires.into(),
                    attempt.as_str().into(),
                ],
            ),
        ];
        let rows = self.run(statements).await?;
        Ok(rows.first().is_some_and(|rows| !rows.is_empty()))
    }

    /// The access token with this hash, its grant and its key, in one exchange with the database.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn find_access_token(&self, hash: &Hash) -> Result<Option<FoundToken>, OutsideError> {
        let Some(found) = self.find(Kind::AccessToken, hash).await? else { return Ok(None) };
        let Token::Access(token) = &found.token else { return Ok(None) };
        let delegation = token.delegation(&found.grant);
        let Grant { key: key_id, resource, .. } = found.grant;
        Ok(Some(FoundToken { delegation, key_id, key: found.key, resource }))
    }

    /// Answers `/revoke`: ends what the request names, if it is the client's own.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn revoke(&self, request: &RevocationRequest, now: Millis) -> Result<(), OutsideError> {
        let found = match &request.token {
            Some((kind, hash)) => self.find(*kind, hash).await?,
            None => None,
        };
        match request.decide(found.as_ref().map(|found| &found.grant)) {
            Revocation::Nothing => Ok(()),
            Revocation::Grant(id) => self.end(&id, now).await,
            Revocation::AccessToken(hash) => {
                let sql = "DELETE FROM oauth_access_tokens WHERE hash = ?1";
                self.run(vec![Statement::new(sql, [hash.to_string().into()])]).await.map(drop)
            }
        }
    }

    /// Ends a grant: none of its tokens is good any more.
    async fn end(&self, id: &str, now: Millis) -> Result<(), OutsideError> {
        let sql = "UPDATE oauth_grants SET ended = ?2 WHERE id = ?1 AND ended IS NULL";
        self.run(vec![Statement::new(sql, [id.into(), now.into()])]).await.map(drop)
    }

    /// Ends a grant of an owner, with an audit row. Says whether there was one that was not ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_for_owner(&self, id: &str, owner: &str, audit: &AuditRow) -> Result<bool, OutsideError> {
        let mut values = audit_values(audit);
        values.extend([id.into(), owner.into()]);
        let statements = vec![
            // First, because afterwards a grant that was ended before looks the same.
            Statement::new(
                "INSERT INTO audit (at, actor, act, target, address, request_id) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
                 WHERE EXISTS (SELECT 1 FROM oauth_grants WHERE id = ?7 AND owner = ?8 AND ended IS NULL)",
                values,
            ),
            Statement::new(
                "UPDATE oauth_grants SET ended = ?3 WHERE id = ?1 AND owner = ?2 AND ended IS NULL RETURNING id",
                [id.into(), owner.into(), audit.at.into()],
            ),
        ];
        let rows = self.run(statements).await?;
        Ok(rows.get(1).is_some_and(|rows| !rows.is_empty()))
    }

    /// The grants of an owner that give access at `now`, newest first. `before` is [`Page::next`] of the page before.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn list(
        &self,
        owner: &str,
        before: Option<i64>,
        limit: u32,
        now: Millis,
    ) -> Result<Page<Grant>, OutsideError> {
        let limit = limit.min(PAGE);
        let sql = "SELECT * FROM oauth_grants WHERE owner = ?1 AND number < ?2 AND generation > 0 \
                   AND ended IS NULL AND expires > ?3 ORDER BY number DESC LIMIT ?4";
        let values = [
            owner.into(),
            before.unwrap_or(i64::MAX >> 10).into(),
            now.into(),
            (i64::from(limit) + 1).into(),
        ];
        let rows = self.run(vec![Statement::new(sql, values)]).await?.into_iter().next().unwrap_or_default();
        let shown = &rows[..rows.len().min(limit as usize)];
        let next = shown.last().filter(|_| rows.len() > shown.len()).and_then(|row| row.first()?.as_i64());
        let entries: Option<Vec<Grant>> = shown.iter().map(|row| grant(row)).collect();
        Ok(Page { entries: entries.ok_or_else(unreadable)?, next })
    }

    /// Keeps a client that registered itself, and gives the time of its first registration. The same metadata give the
    /// same row. Beyond [`MOST_CLIENTS`], clients without a consent go first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register(&self, client: &Client, now: Millis) -> Result<Millis, OutsideError> {
        let statements = vec![
            Statement::new(
                "INSERT INTO oauth_clients (id, client, registered, last_used) VALUES (?1, ?2, ?3, ?3) \
                 ON CONFLICT (id) DO UPDATE SET last_used = max(last_used, excluded.last_used) RETURNING registered",
                [
                    client.id.as_str().into(),
                    serde_json::to_string(client).unwrap_or_default().into(),
                    now.into(),
                ],
            ),
            Statement::new("DELETE FROM oauth_clients WHERE last_used < ?1", [(now - KEPT).into()]),
            Statement::new(
                "DELETE FROM oauth_clients WHERE id <> ?2 AND id IN (SELECT id FROM oauth_clients \
                 ORDER BY id IN (SELECT client_id FROM oauth_grants) DESC, last_used DESC LIMIT -1 OFFSET ?1)",
                [MOST_CLIENTS.into(), client.id.as_str().into()],
            ),
        ];
        let rows = self.run(statements).await?;
        Ok(rows.first().and_then(|rows| rows.first()?.first()?.as_i64()).unwrap_or(now))
    }

    /// A client that registered itself. Looking it up keeps it for longer.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn client(&self, id: &str, now: Millis) -> Result<Option<Client>, OutsideError> {
        let statements = vec![
            Statement::new(
                "SELECT client FROM oauth_clients WHERE id = ?1 AND last_used >= ?2",
                [id.into(), (now - KEPT).into()],
            ),
            Statement::new(
                "UPDATE oauth_clients SET last_used = ?2 WHERE id = ?1 AND last_used < ?3",
                [id.into(), now.into(), (now - DAY).into()],
            ),
        ];
        let rows = self.run(statements).await?;
        let text = rows.first().and_then(|rows| rows.first()?.first()?.as_text());
        text.map(|text| serde_json::from_str(text).map_err(|_| unreadable())).transpose()
    }

    /// The copy of a metadata document.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn document(&self, url: &str) -> Result<Option<Copy>, OutsideError> {
        let sql = "SELECT copy FROM oauth_documents WHERE url = ?1";
        let rows = self.run(vec![Statement::new(sql, [url.into()])]).await?;
        let text = rows.first().and_then(|rows| rows.first()?.first()?.as_text());
        // A copy that cannot be read is as good as none: the document is fetched.
        Ok(text.and_then(|text| serde_json::from_str(text).ok()))
    }

    /// Keeps the copy of a metadata document; those that were not asked for in a month go. Beyond [`MOST_DOCUMENTS`], failures
    /// go first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save_document(&self, url: &str, copy: &Copy) -> Result<(), OutsideError> {
        let text = serde_json::to_string(copy).unwrap_or_default();
        let statements = vec![
            Statement::new(
                "INSERT INTO oauth_documents (url, copy, next) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (url) DO UPDATE SET copy = excluded.copy, next = excluded.next",
                [url.into(), text.into(), copy.next.into()],
            ),
            Statement::new("DELETE FROM oauth_documents WHERE next < ?1", [(copy.next - 30 * DAY).into()]),
            Statement::new(
                "DELETE FROM oauth_documents WHERE url <> ?2 AND url IN (SELECT url FROM oauth_documents \
                 ORDER BY json_extract(copy, '$.client') IS NOT NULL DESC, next DESC LIMIT -1 OFFSET ?1)",
                [MOST_DOCUMENTS.into(), url.into()],
            ),
        ];
        self.run(statements).await.map(drop)
    }

    /// Keeps a login while its person is at the provider.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save_login(&self, state: &State, login: &Login, now: Millis) -> Result<(), OutsideError> {
        let text = serde_json::to_string(login).unwrap_or_default();
        let statements = vec![
            Statement::new(
                "INSERT INTO oauth_logins (hash, login, expires) VALUES (?1, ?2, ?3)",
                [state.hash().to_string().into(), text.into(), login.expires.into()],
            ),
            Statement::new("DELETE FROM oauth_logins WHERE expires < ?1", [now.into()]),
            Statement::new(
                "DELETE FROM oauth_logins WHERE hash IN (SELECT hash FROM oauth_logins ORDER BY expires DESC LIMIT -1 OFFSET ?1)",
                [MOST_LOGINS.into()],
            ),
        ];
        self.run(statements).await.map(drop)
    }

    /// Takes the login of a `state`, which is then gone: of two who bring the same one, one gets it.
    ///
    /// # Errors
    /// When the database does not answer, or holds what cannot be read.
    pub async fn take_login(&self, state: &State) -> Result<Option<Login>, OutsideError> {
        let sql = "DELETE FROM oauth_logins WHERE hash = ?1 RETURNING login";
        let rows = self.run(vec![Statement::new(sql, [state.hash().to_string().into()])]).await?;
        let text = rows.first().and_then(|rows| rows.first()?.first()?.as_text());
        text.map(|text| serde_json::from_str(text).map_err(|_| unreadable())).transpose()
    }

    /// A code or token with its grant and key, in one exchange with the database.
    async fn find(&self, kind: Kind, hash: &Hash) -> Result<Option<Found>, OutsideError> {
        let [token_sql, grant_sql, key_sql] = match kind {
            Kind::Code => find_in!("oauth_codes"),
            Kind::RefreshToken => find_in!("oauth_refresh_tokens"),
            Kind::AccessToken => find_in!("oauth_access_tokens"),
            Kind::Key => return Ok(None),
        };
        let statement = |sql| Statement::new(sql, [hash.to_string().into()]);
        let rows = self.run([token_sql, grant_sql, key_sql].map(statement).into()).await?;
        let first = |index: usize| rows.get(index).and_then(|rows: &Vec<Vec<Value>>| rows.first());
        let (Some(token_row), Some(grant_row)) = (first(0), first(1)) else { return Ok(None) };
        let key = first(2).map(|row| access::store::key(row).ok_or_else(unreadable)).transpose()?;
        let found = token(kind, token_row).zip(grant(grant_row));
        let (token, grant) = found.ok_or_else(unreadable)?;
        Ok(Some(Found { token, grant, key }))
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Vec<Value>>>, OutsideError> {
        let outcomes = self.0.database().run(statements).await?;
        Ok(outcomes.into_iter().map(|outcome| outcome.rows).collect())
    }
}

struct Found {
    token: Token,
    grant: Grant,
    key: Option<KeyRecord>,
}

enum Token {
    Code(Code),
    Refresh(RefreshToken),
    Access(AccessToken),
}

/// Reads a row of `SELECT *` of the table of a kind.
fn token(kind: Kind, row: &[Value]) -> Option<Token> {
    let whole = |at: usize| row.get(at).and_then(Value::as_i64);
    let words = |at: usize| row.get(at).and_then(Value::as_text).map(str::to_owned);
    let (hash, grant) = (Hash::parse(&words(0)?)?, words(1)?);
    Some(match kind {
        Kind::Code => Token::Code(Code {
            hash,
            grant,
            redirect_uri: words(2)?,
            challenge: words(3)?,
            expires: whole(4)?,
        }),
        Kind::RefreshToken => {
            Token::Refresh(RefreshToken { hash, grant, generation: whole(2)?, expires: whole(3)? })
        }
        Kind::AccessToken => {
            Token::Access(AccessToken { hash, grant, scopes: Scopes::known(&words(2)?), expires: whole(3)? })
        }
        Kind::Key => return None,
    })
}

/// Reads a row of `SELECT * FROM oauth_grants`.
fn grant(row: &[Value]) -> Option<Grant> {
    let whole = |at: usize| row.get(at).and_then(Value::as_i64);
    let words = |at: usize| row.get(at).and_then(Value::as_text).map(str::to_owned);
    Some(Grant {
        id: words(1)?,
        key: words(2)?,
        owner: words(3)?,
        client_id: words(4)?,
        client_name: words(5)?,
        redirect_host: words(6)?,
        resource: words(7)?,
        scopes: Scopes::known(&words(8)?),
        created: whole(9)?,
        expires: whole(10)?,
        ended: whole(11),
        generation: whole(12)?,
        rotated: whole(13)?,
        last_used: whole(14),
    })
}

fn unreadable() -> OutsideError {
    OutsideError::new("database", "a row of grants cannot be read; was it written by a newer version?")
}
