//! What is read of a request.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use access::address::Source;
use authorization::Params;
use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
};
use bounded_json::Limits;
use http::{HeaderMap, HeaderName, header, request::Parts};
use platform::{OutsideError, Peer, Platform};
use web::{Operation, RequestId, body::SMALL, settings::CLIENT_ADDRESS_HEADER};

/// The largest form, in bytes. A ticket holds a client with its redirect URIs.
const LARGEST_FORM: usize = 16 << 10;

/// Who asks: the parts of a request that matter to a sign-in.
pub(crate) struct Asker {
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    authority: Option<String>,
    peer: Option<SocketAddr>,
}

impl Asker {
    /// A header that is there once and is text.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The host that the request came to.
    pub(crate) fn host(&self) -> Option<&str> {
        self.header(header::HOST).or(self.authority.as_deref())
    }

    /// The browser's cookies.
    pub(crate) fn cookies(&self) -> Option<&str> {
        self.header(header::COOKIE)
    }

    /// The credentials of a client.
    pub(crate) fn authorization(&self) -> Option<&str> {
        self.header(header::AUTHORIZATION)
    }

    /// The address that it came from, as the platform or the operator's proxy says it.
    pub(crate) async fn address(&self, platform: &Platform) -> Result<Option<IpAddr>, OutsideError> {
        let header = CLIENT_ADDRESS_HEADER.read(platform).await?;
        let source = match &header {
            Some(header) => Source::Proxy(header.as_str()),
            None => Source::of_platform(platform.name(), self.peer),
        };
        Ok(source.address(|name| {
            // One that is no text is empty: it is there, and means nothing.
            self.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default())
        }))
    }
}

impl FromRequestParts<Platform> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Platform) -> Result<Self, Infallible> {
        Ok(Self {
            headers: parts.headers.clone(),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            authority: parts.uri.authority().map(ToString::to_string),
            peer: parts.extensions.get::<Peer>().map(|Peer(peer)| *peer),
        })
    }
}

/// The query of a request.
pub(crate) struct Query(pub(crate) Params);

impl FromRequestParts<Platform> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Platform) -> Result<Self, Infallible> {
        Ok(Self(Params::parse(parts.uri.query().unwrap_or_default())))
    }
}

/// Why a body is not read. Each handler says it in its own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than its operation reads.
    TooLarge,
    /// It has another media type, or is compressed.
    WrongType,
    /// It broke off.
    Broken,
}

/// A form.
pub(crate) struct Form(Result<Params, Unread>);

impl Form {
    pub(crate) fn read(self) -> Result<Params, Unread> {
        self.0
    }
}

impl FromRequest<Platform> for Form {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &Platform) -> Result<Self, Infallible> {
        let bytes = read(request, "application/x-www-form-urlencoded").await;
        Ok(Self(bytes.map(|bytes| Params::parse(&String::from_utf8_lossy(&bytes)))))
    }
}

/// A client's metadata.
pub(crate) struct Registration(Result<Vec<u8>, Unread>);

impl Registration {
    pub(crate) fn read(self) -> Result<Vec<u8>, Unread> {
        self.0
    }
}

impl FromRequest<Platform> for Registration {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &Platform) -> Result<Self, Infallible> {
        Ok(Self(read(request, "application/json").await))
    }
}

/// Reads a body of a media type, as far as its operation reads one.
async fn read(request: Request, media_type: &str) -> Result<Vec<u8>, Unread> {
    let limit = request.extensions().get::<&'static Operation>().map_or(LARGEST_FORM, |row| row.body.bytes);
    let (head, body) = request.into_parts();
    let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let given = text(header::CONTENT_TYPE).map(|given| given.split(';').next().unwrap_or_default().trim());
    let typed = given.is_none_or(|given| given.eq_ignore_ascii_case(media_type));
    let encoded =
        text(header::CONTENT_ENCODING).is_some_and(|name| !name.trim().eq_ignore_ascii_case("identity"));
    let declared = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(Unread::TooLarge);
    }
    let bytes = to_bytes(body, limit).await.map_err(|error| {
        let too_large = error.into_inner().is::<http_body_util::LengthLimitError>();
        if too_large { Unread::TooLarge } else { Unread::Broken }
    })?;
    // Without a body there is nothing whose type could be wrong.
    if bytes.is_empty() || (typed && !encoded) { Ok(bytes.into()) } else { Err(Unread::WrongType) }
}

/// The limits of a form.
pub(crate) const fn form_limits() -> Limits {
    Limits { bytes: LARGEST_FORM, ..SMALL }
}

/// The limits of a client's metadata.
pub(crate) const fn registration_limits() -> Limits {
    Limits { bytes: authorization::registration::LONGEST_BODY, ..SMALL }
}

/// The form of the consent page.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(crate) struct ConsentForm {
    /// What the page carries unseen.
    ticket: String,
    /// `allow`, `deny`, or the login provider to sign in with.
    decision: String,
    /// The scopes that are left ticked.
    scope: Vec<String>,
    /// The API key, where no login provider is set.
    key: Option<String>,
}

/// What `/token` takes.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(crate) struct TokenForm {
    /// `authorization_code` or `refresh_token`.
    grant_type: String,
    /// The client.
    client_id: String,
    /// The code, for `authorization_code`.
    code: Option<String>,
    /// The PKCE verifier, for `authorization_code`.
    code_verifier: Option<String>,
    /// The redirect URI of the authorization request, where it is repeated.
    redirect_uri: Option<String>,
    /// The refresh token, for `refresh_token`.
    refresh_token: Option<String>,
    /// Fewer scopes than were granted, for `refresh_token`.
    scope: Option<String>,
    /// This server's MCP endpoint, where it is named.
    resource: Option<String>,
}

/// What `/revoke` takes.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(crate) struct RevocationForm {
    /// An access or a refresh token. With a refresh token the whole access ends.
    token: String,
    /// The client.
    client_id: String,
}

/// A client's metadata (RFC 7591). Other members are ignored.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(crate) struct ClientMetadata {
    /// Where the client may be answered: https, or http on the person's own machine; at most 10.
    redirect_uris: Vec<String>,
    /// What the client is called.
    client_name: Option<String>,
}
