//! The templates that can be deployed: those that come with the product, and those of an index that the operator names.

use std::time::Duration;

use ::http::{Method, StatusCode, header};
use bytes::Bytes;
use outbound::{Development, PublicUrl};
use platform::{OutsideError, Platform, Statement, Value, whole, within};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::{
    Millis,
    random::hex_of,
    store::Store,
    template::{Template, is_pinned},
};

/// How long an index is taken without asking whether there is a newer one.
const FRESH: Duration = Duration::from_hours(6);
/// How long its host may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest index, in bytes.
const LARGEST: usize = 1 << 20;
/// The most templates of an index.
const MOST: usize = 500;

const BUNDLED: [&str; 6] = [
    include_str!("templates/atlassian.json"),
    include_str!("templates/github.json"),
    include_str!("templates/grafana.json"),
    include_str!("templates/mongodb.json"),
    include_str!("templates/playwright.json"),
    include_str!("templates/terraform.json"),
];

/// The templates that come with the product.
///
/// # Errors
/// Where one cannot be read, which a test would have seen.
pub fn bundled() -> Result<Vec<Template>, OutsideError> {
    let read = |text: &&str| serde_json::from_str(text);
    BUNDLED.iter().map(read).collect::<Result<_, _>>().map_err(|error| OutsideError::new("templates", error))
}

/// Where further templates are.
#[derive(Clone, Debug)]
pub struct Source {
    /// The index's address.
    pub url: String,
    /// The SHA-256 that the index must have, where the operator pinned it.
    pub sha256: Option<String>,
    /// Whether it may be on this machine, without TLS.
    pub development: Development,
}

impl Source {
    /// The address, of any host, by TLS: what an index says is run, so nobody on the way may write it.
    fn address(&self) -> Result<PublicUrl, String> {
        let url = PublicUrl::from_operator(&self.url).map_err(|refusal| refusal.to_string())?;
        let by_tls = url.as_str().starts_with("https:");
        // What is of this machine is judged as everywhere.
        if by_tls || PublicUrl::from_user(&self.url, self.development).is_ok() {
            return Ok(url);
        }
        Err("The address must begin with https://; http is for this machine alone, with ALLOW_INSECURE_MCP_SERVERS".to_owned())
    }
}

/// The templates, and what went wrong with the index, for the operator's log.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The templates by their ids.
    pub templates: Vec<Template>,
    /// Why the index, or one of its templates, is not taken.
    pub faults: Vec<String>,
}

#[derive(Deserialize)]
struct Index {
    templates: Vec<serde_json::Value>,
}

/// Reads an index. Each template has to be whole, of an id that is not taken, and with an image by digest: what somebody else
/// can change must not change what runs.
#[must_use]
pub fn read(index: &str, taken: &[Template]) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let index: Index = match serde_json::from_str(index) {
        Ok(index) => index,
        Err(error) => {
            catalogue.faults.push(format!("The index of templates cannot be read: {error}."));
            return catalogue;
        }
    };
    for value in index.templates.into_iter().take(MOST) {
        let id = value["id"].as_str().unwrap_or("without an id").chars().take(80).collect::<String>();
        let mut faults = match serde_json::from_value::<Template>(value) {
            Ok(template) => {
                let mut faults = template.faults();
                if !is_pinned(&template.image) {
                    faults.push(
                        "The image of a template from an index must be named by its digest.".to_owned(),
                    );
                }
                if taken.iter().chain(&catalogue.templates).any(|other| other.id == template.id) {
                    faults.push("Another template has this id.".to_owned());
                }
                if faults.is_empty() {
                    catalogue.templates.push(template);
                }
                faults
            }
            Err(error) => vec![format!("It cannot be read: {error}.")],
        };
        catalogue.faults.extend(faults.drain(..).map(|fault| format!("Template {id}: {fault}")));
    }
    catalogue
}

/// All templates, ordered by id. The index is fetched where it is older than six hours; where that fails, the last good one is taken.
///
/// # Errors
/// When the database does not answer.
pub async fn all(platform: &Platform, source: Option<&Source>) -> Result<Catalogue, OutsideError> {
    let mut templates = bundled()?;
    let mut faults = Vec::new();
    if let Some(source) = source {
        let (text, fault) = index(platform, source).await?;
        faults.extend(fault);
        if let Some(text) = text {
            let more = read(&text, &templates);
            templates.extend(more.templates);
            faults.extend(more.faults);
        }
    }
    templates.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Catalogue { templates, faults })
}

struct Kept {
    etag: Option<String>,
    fetched: Millis,
    body: String,
}

/// The index, and what went wrong with it.
async fn index(
    platform: &Platform,
    source: &Source,
) -> Result<(Option<String>, Option<String>), OutsideError> {
    let store = Store::open(platform).await?;
    let now = store.now();
    let kept = kept(&store, &source.url).await?;
    if let Some(kept) = kept.as_ref().filter(|kept| now - kept.fetched < FRESH.as_millis() as Millis)
        && is_right(source, &kept.body)
    {
        return Ok((Some(kept.body.clone()), None));
    }
    // Where another index is pinned by now, the one that is known is of no use.
    let etag = kept.as_ref().filter(|kept| is_right(source, &kept.body)).and_then(|kept| kept.etag.clone());
    let fetched = fetch(platform, source, etag).await;
    let kept = kept.map(|kept| kept.body).filter(|body| is_right(source, body));
    match fetched {
        Ok(None) => {
            let touch = "UPDATE deployment_catalogues SET fetched = ?2 WHERE url = ?1";
            store.run(vec![Statement::new(touch, [source.url.as_str().into(), now.into()])]).await?;
            Ok((kept, None))
        }
        Ok(Some((etag, body))) => {
            let upsert = Statement::new(
                "INSERT INTO deployment_catalogues (url, etag, fetched, body) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (url) DO UPDATE SET etag = ?2, fetched = ?3, body = ?4",
                [
                    source.url.as_str().into(),
                    etag.map_or(Value::Null, Value::Text),
                    now.into(),
                    body.as_str().into(),
                ],
            );
            store.run(vec![upsert]).await?;
            Ok((Some(body), None))
        }
        Err(fault) => Ok((kept, Some(fault))),
    }
}

async fn kept(store: &Store<'_>, url: &str) -> Result<Option<Kept>, OutsideError> {
    let select = "SELECT etag, fetched, body FROM deployment_catalogues WHERE url = ?1";
    let outcomes = store.run(vec![Statement::new(select, [url.into()])]).await?;
    let row = outcomes.first().and_then(|outcome| outcome.rows.first());
    Ok(row.and_then(|row| {
        Some(Kept {
            etag: row.first()?.as_text().map(str::to_owned),
            fetched: row.get(1)?.as_i64()?,
            body: row.get(2)?.as_text()?.to_owned(),
        })
    }))
}

fn is_right(source: &Source, body: &str) -> bool {
    source.sha256.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&hex_of(&Sha256::digest(body))))
}

/// The index with its `ETag`, or `None` where it is the one that is known.
async fn fetch(
    platform: &Platform,
    source: &Source,
    etag: Option<String>,
) -> Result<Option<(Option<String>, String)>, String> {
    let failed = |why: &dyn std::fmt::Display| format!("The index of templates could not be fetched: {why}.");
    let url = source.address().map_err(|why| failed(&why))?;
    let mut request = url.request(Method::GET).header(header::ACCEPT, "application/json");
    if let Some(etag) = etag {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    let request = request.body(Bytes::new()).map_err(|error| failed(&error))?;
    let asked = async {
        let (parts, body) = platform.http().open(request).await?.into_parts();
        Ok::<_, OutsideError>((parts, whole(body, LARGEST).await?))
    };
    let answered = within(platform.sleep(), PATIENCE, asked).await;
    let (parts, body) = answered
        .ok_or_else(|| failed(&"it took longer than ten seconds"))?
        .map_err(|error| failed(&error.reason))?;
    match parts.status {
        StatusCode::NOT_MODIFIED => Ok(None),
        StatusCode::OK => {
            let body = String::from_utf8(body.into()).map_err(|_| failed(&"it is not UTF-8"))?;
            if !is_right(source, &body) {
                return Err(failed(&"its SHA-256 is not the one that MCP_TEMPLATES_SHA256 names"));
            }
            // What cannot be read must not take the place of what can.
            serde_json::from_str::<Index>(&body).map_err(|error| failed(&error))?;
            let etag = parts.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
            Ok(Some((etag, body)))
        }
        status => Err(failed(&format_args!("its host answered {status}"))),
    }
}
