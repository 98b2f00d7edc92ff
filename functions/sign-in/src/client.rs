//! Which client asks: one that registered itself, or one whose id is the address of its description.

use authorization::{
    Client,
    client_metadata::{self, DEADLINE, Fetched, LARGEST_DOCUMENT, Resolution},
};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use platform::{OutsideError, Platform};
use web::settings::CIMD_HOSTS;

use crate::{
    deployment::{grants, sealing_key},
    now, outgoing,
    request::Asker,
    shield::{Door, shield},
};

/// Why the description of a client cannot be had.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Undescribed {
    /// A sentence for the person.
    Because(&'static str),
    /// Too many were asked for from the person's address; the seconds to wait.
    TooMany(u32),
}

/// The client of an id; none where no such client registered.
pub(crate) async fn find(
    platform: &Platform,
    asker: &Asker,
    id: &str,
    redirect_uri: &str,
) -> Result<Result<Option<Client>, Undescribed>, OutsideError> {
    if client_metadata::is_url(id) {
        return described(platform, asker, id, redirect_uri).await.map(|found| found.map(Some));
    }
    grants(platform).await?.client(id, now(platform)).await.map(Ok)
}

async fn described(
    platform: &Platform,
    asker: &Asker,
    url: &str,
    redirect_uri: &str,
) -> Result<Result<Client, Undescribed>, OutsideError> {
    use Undescribed::{Because, TooMany};
    let hosts = CIMD_HOSTS.read(platform).await?;
    // Built-in clients, and addresses that may not be fetched, are known without the database.
    let copy = match client_metadata::resolve(url, redirect_uri, None, &hosts, now(platform)) {
        Resolution::Known(client) => return Ok(Ok(client)),
        Resolution::Refused(why) => return Ok(Err(Because(why))),
        Resolution::Fetch => grants(platform).await?.document(url).await?,
    };
    match client_metadata::resolve(url, redirect_uri, copy.as_ref(), &hosts, now(platform)) {
        Resolution::Known(client) => return Ok(Ok(client)),
        Resolution::Refused(why) => return Ok(Err(Because(why))),
        Resolution::Fetch => {}
    }
    if let Some(seconds) = shield(platform, &sealing_key(platform).await?, asker, Door::Description).await {
        return Ok(Err(TooMany(seconds)));
    }
    let request = Request::get(url).header(header::ACCEPT, "application/json").body(Bytes::new());
    let reply = match request {
        Ok(request) => outgoing::send(platform, request, DEADLINE, LARGEST_DOCUMENT).await,
        Err(error) => Err(OutsideError::new("http client", error)),
    };
    if let Err(error) = &reply {
        web::log::warning(platform, "a client's metadata document could not be fetched", Some(error));
    }
    let reply = reply.ok().map(http::Response::into_parts);
    let fetched = reply.as_ref().map(|(head, body)| Fetched {
        status: head.status.as_u16(),
        content_type: text(&head.headers, &header::CONTENT_TYPE),
        cache_control: text(&head.headers, &header::CACHE_CONTROL),
        body,
    });
    let (resolution, copy) = client_metadata::after_fetch(url, copy.as_ref(), fetched, now(platform));
    grants(platform).await?.save_document(url, &copy).await?;
    Ok(match resolution {
        Resolution::Known(client) => Ok(client),
        Resolution::Refused(why) => Err(Because(why)),
        // Nothing is fetched twice.
        Resolution::Fetch => Err(Because("The description of this client cannot be fetched.")),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
