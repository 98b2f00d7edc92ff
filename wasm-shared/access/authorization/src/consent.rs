//! The consent page and `POST /authorize`: a person says yes or no, and proves by an API key to be one who may.
//!
//! Where the operator named login providers ([`crate::login`]), the person proves it there, after the consent.
//!
//! The form carries its request in a sealed ticket, which belongs to a cookie of the browser that was shown the page: a
//! form that another site sends has no ticket for this browser. Nothing is stored before the person consents.

use access::{Caller, Hash, Kind, Lookup, Millis, Refusal, Scope, Scopes, Secret, Who, identifier};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{
    Client, Code, Grant, Issuer, Page, Params, SealingKey,
    authorize::AuthorizationRequest,
    grant::{CODE_LIFETIME, GRANT_LIFETIME},
    login::Provider,
    page::escape,
    redirect,
};

/// How long a form can be sent, in milliseconds.
const TICKET_LIFETIME: Millis = 600_000;

/// What the page of a deployment depends on.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// This server.
    pub issuer: &'a Issuer,
    /// Its key for sealing.
    pub seal: &'a SealingKey,
    /// Who says who a person is. Without any, the person pastes an API key.
    pub providers: &'a [Provider],
}

/// The cookie by which a browser is known during a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser {
    nonce: String,
    is_new: bool,
}

impl Browser {
    /// The browser that sent this `Cookie` header, or a new one. A browser keeps its cookie, so that pages in two tabs
    /// both work.
    #[must_use]
    pub fn of(cookies: Option<&str>, issuer: &Issuer, random: [u8; 32]) -> Self {
        match Self::known(cookies, issuer) {
            Some(browser) => browser,
            None => Self { nonce: BASE64_URL_SAFE_NO_PAD.encode(random), is_new: true },
        }
    }

    /// The browser that sent this `Cookie` header, if it was here before.
    pub(crate) fn known(cookies: Option<&str>, issuer: &Issuer) -> Option<Self> {
        let pairs = cookies?.split(';').filter_map(|pair| pair.trim().split_once('='));
        let (_, nonce) = pairs.into_iter().find(|(name, _)| *name == Self::cookie_name(issuer))?;
        Hash::parse(nonce).map(|_| Self { nonce: nonce.to_owned(), is_new: false })
    }

    /// The hash by which a login remembers its browser.
    pub(crate) fn hash(&self) -> Hash {
        Hash::of(&self.nonce)
    }

    /// Browsers take a `__Host-` cookie over https only.
    fn cookie_name(issuer: &Issuer) -> &'static str {
        if issuer.is_secure() { "__Host-mfe-consent" } else { "mfe-consent" }
    }

    /// `Set-Cookie`, for a browser that has none.
    fn set_cookie(&self, issuer: &Issuer) -> Option<String> {
        let secure = if issuer.is_secure() { "; Secure" } else { "" };
        self.is_new.then(|| {
            format!(
                "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600{secure}",
                Self::cookie_name(issuer),
                self.nonce
            )
        })
    }
}

/// What the form carries unseen.
#[derive(Serialize, Deserialize)]
struct Ticket {
    request: AuthorizationRequest,
    client: Client,
    expires: Millis,
}

/// The page that asks. `problem` is a sentence on the former attempt.
#[must_use]
pub fn page(
    request: &AuthorizationRequest,
    client: &Client,
    browser: &Browser,
    deployment: Deployment<'_>,
    problem: Option<&str>,
    now: Millis,
) -> Page {
    let Deployment { issuer, seal, providers } = deployment;
    let ticket = Ticket { request: request.clone(), client: client.clone(), expires: now + TICKET_LIFETIME };
    let ticket = seal.seal(&serde_json::to_string(&ticket).unwrap_or_default(), &browser.nonce);
    let name = escape(&client.name);
    let host = escape(redirect::host(&request.redirect_uri));
    let vouched = client.vouching_host().map_or_else(
        || "Nobody vouches for this name.".to_owned(),
        |host| format!("The description is published by <strong>{}</strong>.", escape(host)),
    );
    let loopback = if client.is_on_loopback_only() {
        "<p class=\"warn\"><strong>Only go on if you started this yourself.</strong> The answer goes to a program on \
         your own computer, and any program there could call itself by this name.</p>"
    } else {
        ""
    };
    let problem = problem.map_or_else(String::new, |problem| {
        format!("<p class=\"bad\" role=\"alert\" id=\"problem\">{}</p>", escape(problem))
    });
    let scopes: Vec<String> = request.scopes().iter().map(checkbox).collect();
    let scopes = scopes.concat();
    let proof = if providers.is_empty() { key_field(!problem.is_empty()) } else { login_note(providers) };
    let buttons = if providers.is_empty() {
        "<button class=\"main\" name=\"decision\" value=\"allow\">Allow</button>".to_owned()
    } else {
        providers.iter().map(login_button).collect()
    };
    let content = format!(
        "{problem}<p>An application that says it is called <strong>{name}</strong> asks for access to this server in \
         your name. {vouched}</p>{loopback}\
         <dl><dt>Answer goes to</dt><dd><strong>{host}</strong></dd>\
         <dt>Server</dt><dd>{server}</dd></dl>\
         <form method=\"post\" action=\"/authorize\">\
         <input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">\
         <fieldset><legend>It may</legend>{scopes}</fieldset>{proof}\
         <div class=\"buttons\">{buttons}\
         <button name=\"decision\" value=\"deny\" formnovalidate>Deny</button></div></form>",
        server = escape(redirect::host(issuer.as_str())),
    );
    let status = if problem.is_empty() { 200 } else { 422 };
    let title = format!("Allow {} to use MechaFil Edge?", client.name);
    let mut leads_to = vec![redirect::origin(&request.redirect_uri)];
    for provider in providers {
        leads_to.push(redirect::origin(&provider.address));
        // A provider's own pages may lead on by other hosts of its own, and Chrome counts those in.
        leads_to.push("https:");
    }
    let mut page = Page::new(status, &title, &content, &leads_to);
    page.headers.extend(browser.set_cookie(issuer).map(|cookie| ("set-cookie", cookie)));
    page
}

fn key_field(is_wrong: bool) -> String {
    // The focus goes to what has to be mended.
    let (invalid, described) =
        if is_wrong { (" aria-invalid=\"true\" autofocus", "problem key-help") } else { ("", "key-help") };
    format!(
        "<label class=\"key\" for=\"key\">Your API key</label>\
         <input id=\"key\" name=\"key\" type=\"password\" autocomplete=\"current-password\" spellcheck=\"false\" \
         autocapitalize=\"none\" aria-describedby=\"{described}\" maxlength=\"512\"{invalid}>\
         <p class=\"soft\" id=\"key-help\">It begins with mfe_ and stays here: the application gets a token of its own, \
         which spends your key's quota and ends with your key. You can end it at any time.</p>"
    )
}

fn login_note(providers: &[Provider]) -> String {
    let names: Vec<String> = providers.iter().map(|provider| escape(&provider.label)).collect();
    format!(
        "<p class=\"soft\">If you allow it, you prove at {} who you are. The application learns nothing of your account \
         there: it gets a token of its own.</p>",
        names.join(" or ")
    )
}

fn login_button(provider: &Provider) -> String {
    format!(
        "<button class=\"main\" name=\"decision\" value=\"{}\">Allow, and sign in with {}</button>",
        provider.kind.name(),
        escape(&provider.label)
    )
}

fn checkbox(scope: Scope) -> String {
    format!(
        "<label><input type=\"checkbox\" name=\"scope\" value=\"{}\" checked><span>{}</span></label>",
        scope.name(),
        scope.description()
    )
}

/// What a sent form asks for.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The form is not one of ours for this browser; a sentence for a page with status 400.
    Refused(&'static str),
    /// The person said no: redirect there.
    Denied(String),
    /// The person said yes; who that is has to be found out, by the key or at the provider.
    Allowed(Box<Allowed>),
}

/// A consent of somebody who still has to prove to be one who may.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// The request that was consented to.
    pub request: AuthorizationRequest,
    /// The client.
    pub client: Client,
    /// The scopes that were left ticked.
    pub scopes: Scopes,
    /// Where the person proves it; `None` for by the key.
    pub by: Option<crate::login::Kind>,
    /// What was pasted.
    pub credential: access::Credential,
    /// The browser.
    pub browser: Browser,
}

/// The headers of a form that say where it comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `Cookie`.
    pub cookie: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
}

/// Reads a sent form.
#[must_use]
pub fn read(form: &Params, headers: Headers<'_>, deployment: Deployment<'_>, now: Millis) -> Answer {
    const STALE: &str =
        "This page is too old, or was opened in another browser. Start again from the application.";
    let Deployment { issuer, seal, providers } = deployment;
    let foreign = headers.origin.is_some_and(|origin| origin != issuer.as_str())
        || headers.fetch_site.is_some_and(|site| site != "same-origin");
    if foreign {
        return Answer::Refused("This form was sent by another site. Nothing was allowed.");
    }
    let Some(browser) = Browser::known(headers.cookie, issuer) else {
        return Answer::Refused(
            "This browser did not keep the page's cookie. Allow cookies here, and start again.",
        );
    };
    let ticket = form.one("ticket").ok().flatten().and_then(|ticket| seal.open(ticket, &browser.nonce));
    let ticket: Option<Ticket> = ticket.and_then(|ticket| serde_json::from_str(&ticket).ok());
    let Some(ticket) = ticket.filter(|ticket| now < ticket.expires) else { return Answer::Refused(STALE) };
    let by = match form.one("decision") {
        Ok(Some("deny")) => return Answer::Denied(ticket.request.denied(issuer)),
        Ok(Some("allow")) if providers.is_empty() => None,
        Ok(Some(name)) => match providers.iter().find(|provider| provider.kind.name() == name) {
            Some(provider) => Some(provider.kind),
            None => return Answer::Refused(STALE),
        },
        _ => return Answer::Refused(STALE),
    };
    let ticked: Scopes = form.all("scope").filter_map(Scope::named).collect();
    let pasted = form.one("key").ok().flatten().map(str::trim).unwrap_or_default();
    let credential =
        if pasted.is_empty() { access::Credential::None } else { access::Credential::of(pasted) };
    Answer::Allowed(Box::new(Allowed {
        scopes: ticket.request.scopes().and(ticked),
        request: ticket.request,
        client: ticket.client,
        by,
        credential,
        browser,
    }))
}

/// A consent that holds: what to store, and where to send the person.
#[derive(Clone, Debug)]
pub struct Consented {
    /// The grant to store.
    pub grant: Grant,
    /// The code to store.
    pub code: Code,
    /// Where to redirect the person.
    pub location: String,
}

/// The randomness of one consent.
#[derive(Clone, Copy)]
pub struct Randomness {
    /// For the code.
    pub code: [u8; 32],
    /// For the grant's id.
    pub grant: [u8; 12],
}

impl Allowed {
    /// Makes the grant, given what became of the pasted key.
    ///
    /// # Errors
    /// A sentence for the page, which is shown again. It does not say whether a key of that kind exists.
    pub fn grant(
        &self,
        key: &Lookup,
        issuer: &Issuer,
        random: Randomness,
        now: Millis,
    ) -> Result<Consented, &'static str> {
        let caller = match key {
            Lookup::Known(caller) => caller,
            Lookup::Anonymous => return Err("Paste your API key."),
            Lookup::Refused(Refusal::Mistyped) => {
                return Err("The key is incomplete or mistyped. Copy it again as a whole.");
            }
            Lookup::Refused(_) => return Err("This key is not good here. Ask the operator for one."),
        };
        let Caller { who: Who::Key { id }, owner: Some(owner), scopes, .. } = caller else {
            return Err(
                "Paste an API key that the operator made. The operator's own key and tokens cannot be used here.",
            );
        };
        let scopes = self.scopes.and(*scopes).and(Scopes::DELEGABLE);
        if scopes.is_empty() {
            return Err("This key has none of the permissions that you ticked.");
        }
        let secret = Secret::mint(Kind::Code, random.code);
        let grant = Grant {
            id: identifier("grant_", random.grant),
            key: id.clone(),
            owner: owner.clone(),
            client_id: self.client.id.clone(),
            client_name: self.client.name.clone(),
            redirect_host: redirect::host(&self.request.redirect_uri).to_owned(),
            resource: issuer.resource(),
            scopes,
            created: now,
            expires: now + GRANT_LIFETIME,
            ended: None,
            generation: 0,
            rotated: now,
            last_used: None,
        };
        let code = Code {
            hash: secret.hash(),
            grant: grant.id.clone(),
            redirect_uri: self.request.redirect_uri.clone(),
            challenge: self.request.challenge.clone(),
            expires: now + CODE_LIFETIME,
        };
        Ok(Consented { grant, code, location: self.request.allowed(issuer, secret.reveal()) })
    }

    /// The page again, with a sentence on why it did not work.
    #[must_use]
    pub fn again(&self, problem: &str, deployment: Deployment<'_>, now: Millis) -> Page {
        page(&self.request, &self.client, &self.browser, deployment, Some(problem), now)
    }
}
