//! A server in memory, with a person who has a key and a client that asks for access.

use std::sync::{
    LazyLock,
    atomic::{AtomicI64, AtomicU8, Ordering},
};

use access::{
    Configured, Credential, KeyRecord, Kind, Limits, Lookup, NewKey, Scopes, Secret,
    audit::{Act, AuditRow},
    store::KeyStore,
};
use authorization::{
    Client, Issuer, OauthError, Params, SealingKey,
    authorize::{self, AuthorizationRequest},
    consent::{self, Answer, Browser, Deployment},
    recognize,
    revocation::RevocationRequest,
    store::GrantStore,
    token::{Randomness, TokenRequest},
};
use platform::Platform;
use platform_native::memory::World;
use serde_json::Value;

pub(crate) const NOW: i64 = 1_800_000_000_000;
pub(crate) const CALLBACK: &str = "https://app.example/callback";
/// The verifier and challenge of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn issuer() -> Issuer {
    Issuer::parse("https://mechafil.example").unwrap()
}

pub(crate) fn seal() -> SealingKey {
    SealingKey::new([42; 32])
}

/// A deployment without login providers.
pub(crate) fn here() -> Deployment<'static> {
    static HERE: LazyLock<(Issuer, SealingKey)> = LazyLock::new(|| (issuer(), seal()));
    Deployment { issuer: &HERE.0, seal: &HERE.1, providers: &[] }
}

pub(crate) fn register(metadata: &Value) -> Result<Client, OauthError> {
    authorization::registration::read(metadata.to_string().as_bytes())
}

pub(crate) fn client() -> Client {
    register(&serde_json::json!({ "client_name": "App", "redirect_uris": [CALLBACK, "http://127.0.0.1/callback"] }))
        .unwrap()
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> Params {
    Params::parse(&form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// A good authorization request, with these parameters in place of its own; an empty value leaves one out.
pub(crate) fn asking(client: &Client, changes: &[(&str, &str)]) -> Params {
    let own = [
        ("response_type", "code"),
        ("client_id", client.id.as_str()),
        ("redirect_uri", CALLBACK),
        ("state", "s t&a=te"),
        ("scope", "read jobs"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("resource", "https://mechafil.example/mcp"),
    ];
    let kept = own.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let pairs: Vec<_> = kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty())).collect();
    form(&pairs)
}

pub(crate) fn check(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, authorize::Refusal> {
    let client = client();
    authorize::check(&asking(&client, changes), Some(&client), &issuer())
}

/// The parameters that a redirect carries to the callback.
pub(crate) fn answer(location: &str) -> Vec<(String, String)> {
    let (before, query) = location.split_once('?').unwrap();
    assert!(before == CALLBACK, "{location}");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(crate) fn one<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(given, _)| given == name);
    let value = values.next().map(|(_, value)| value.as_str());
    assert!(values.next().is_none(), "{name} twice: {pairs:?}");
    value
}

/// The error of a redirect.
pub(crate) fn redirected_error(refusal: authorize::Refusal) -> String {
    let authorize::Refusal::Redirect(location) = refusal else { panic!("a page: {refusal:?}") };
    let pairs = answer(&location);
    assert_eq!(one(&pairs, "iss"), Some("https://mechafil.example"), "every answer names the issuer");
    one(&pairs, "error").unwrap().to_owned()
}

/// The person's key.
pub(crate) fn key() -> Secret {
    Secret::mint(Kind::Key, [1; 32])
}

pub(crate) struct Server {
    pub(crate) world: World,
    pub(crate) platform: Platform,
    pub(crate) configured: Configured,
    now: AtomicI64,
    random: AtomicU8,
}

impl Server {
    /// With a key of the scopes read, jobs and admin.
    pub(crate) async fn new() -> Self {
        let world = World::default();
        let platform = world.platform();
        let new = NewKey {
            name: "person".to_owned(),
            owner: Some("team".to_owned()),
            scopes: Scopes::parse("read jobs admin").unwrap(),
            limits: Limits::DEFAULT,
            tokens_per_day: None,
            expires: None,
        };
        let record = KeyRecord::new(new, "key_1".to_owned(), &key(), NOW);
        GrantStore::open(&platform).await.unwrap();
        let keys = KeyStore::open(&platform).await.unwrap();
        keys.create(&record, &audit(Act::KeyCreated, "key_1")).await.unwrap();
        let server = Self {
            world,
            platform,
            configured: Configured::default(),
            now: AtomicI64::new(NOW),
            random: AtomicU8::new(10),
        };
        server.store().await.register(&client(), NOW).await.unwrap();
        server
    }

    pub(crate) async fn store(&self) -> GrantStore<'_> {
        GrantStore::open(&self.platform).await.unwrap()
    }

    pub(crate) async fn keys(&self) -> KeyStore<'_> {
        KeyStore::open(&self.platform).await.unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn wait(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    pub(crate) fn random(&self) -> [u8; 32] {
        [self.random.fetch_add(1, Ordering::Relaxed); 32]
    }

    /// A person signs in and consents: the answer that the client gets.
    pub(crate) async fn consent_at(
        &self,
        changes: &[(&str, &str)],
        ticked: &str,
    ) -> Result<String, &'static str> {
        let client = client();
        let request = authorize::check(&asking(&client, changes), Some(&client), &issuer()).unwrap();
        let browser = Browser::of(None, &issuer(), self.random());
        let page = consent::page(&request, &client, &browser, here(), None, self.now());
        let cookie = header(&page, "set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let mut fields = vec![
            ("ticket", ticket(&page)),
            ("decision", "allow".to_owned()),
            ("key", key().reveal().to_owned()),
        ];
        fields.extend(ticked.split_ascii_whitespace().map(|scope| ("scope", scope.to_owned())));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let headers = consent::Headers {
            cookie: Some(&cookie),
            origin: Some("https://mechafil.example"),
            fetch_site: Some("same-origin"),
        };
        let Answer::Allowed(allowed) = consent::read(&form(&fields), headers, here(), self.now()) else {
            panic!("the form was refused")
        };
        let lookup = self.key_lookup(&allowed.credential).await;
        let random =
            consent::Randomness { code: self.random(), grant: self.random()[..12].try_into().unwrap() };
        let consented = allowed.grant(&lookup, &issuer(), random, self.now())?;
        let row = audit(Act::GrantCreated, &consented.grant.id);
        self.store().await.save(&consented, &row).await.unwrap();
        Ok(consented.location)
    }

    pub(crate) async fn key_lookup(&self, credential: &Credential) -> Lookup {
        recognize(&self.platform, &self.configured, credential, Some(&issuer()), self.now()).await.unwrap()
    }

    /// A code for the scopes read and jobs.
    pub(crate) async fn code(&self) -> String {
        let location = self.consent_at(&[], "read jobs").await.unwrap();
        one(&answer(&location), "code").unwrap().to_owned()
    }

    /// What `/token` answers to this form.
    pub(crate) async fn token(&self, pairs: &[(&str, &str)]) -> Result<Value, OauthError> {
        let request = TokenRequest::read(&form(pairs), None, &issuer())?;
        let random = Randomness { access: self.random(), refresh: self.random() };
        self.store().await.redeem(&request, &self.configured, random, self.now()).await.unwrap()
    }

    /// The exchange of a code, with these fields in place of the right ones; an empty value leaves one out.
    pub(crate) async fn exchange_with(
        &self,
        code: &str,
        changes: &[(&str, &str)],
    ) -> Result<Value, OauthError> {
        let client = client();
        let own = [
            ("grant_type", "authorization_code"),
            ("client_id", client.id.as_str()),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("resource", "https://mechafil.example/mcp"),
        ];
        let kept = own.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let pairs: Vec<_> =
            kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty())).collect();
        self.token(&pairs).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Result<Value, OauthError> {
        self.exchange_with(code, &[]).await
    }

    pub(crate) async fn refresh_with(&self, token: &str, more: &[(&str, &str)]) -> Result<Value, OauthError> {
        let client = client();
        let own =
            [("grant_type", "refresh_token"), ("client_id", client.id.as_str()), ("refresh_token", token)];
        let kept = own.into_iter().filter(|(name, _)| more.iter().all(|(changed, _)| changed != name));
        let pairs: Vec<_> = kept.chain(more.iter().copied()).collect();
        self.token(&pairs).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Result<Value, OauthError> {
        self.refresh_with(token, &[]).await
    }

    /// Fresh tokens of a fresh sign-in: access and refresh.
    pub(crate) async fn signed_in(&self) -> (String, String) {
        tokens(&self.exchange(&self.code().await).await.unwrap())
    }

    /// What becomes of a request with this access token.
    pub(crate) async fn presenting(&self, token: &str) -> Lookup {
        self.key_lookup(&Credential::of(token)).await
    }

    pub(crate) async fn is_good(&self, token: &str) -> bool {
        matches!(self.presenting(token).await, Lookup::Known(_))
    }

    pub(crate) async fn revoke(&self, client_id: &str, token: &str) {
        let form = form(&[("client_id", client_id), ("token", token)]);
        let request = RevocationRequest::read(&form, None).unwrap();
        self.store().await.revoke(&request, self.now()).await.unwrap();
    }
}

pub(crate) fn tokens(body: &Value) -> (String, String) {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

pub(crate) fn audit(act: Act, target: &str) -> AuditRow {
    AuditRow {
        at: NOW,
        actor: "operator".to_owned(),
        act,
        target: target.to_owned(),
        address: None,
        request_id: None,
    }
}

pub(crate) fn header<'a>(page: &'a authorization::Page, name: &str) -> Option<&'a str> {
    page.headers.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
}

/// The ticket that a page's form carries.
pub(crate) fn ticket(page: &authorization::Page) -> String {
    let (_, after) = page.body.split_once("name=\"ticket\" value=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}
