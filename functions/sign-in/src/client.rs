//! Which client asks: one that registered itself, or one whose id is the address of its description.

use authorization::{
    Client,
    client_metadata::{self, DEADLINE, Fetched, LARGEST_DOCUMENT, Resolution},
};
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use platform::{OutsideError, Platform};
use web::settings::CIMD_HOSTS;

use crate::{deployment::grants, now, outgoing};

/// The client of an id; none where no such client registered, and a sentence for the person where its description cannot be
/// had.
pub(crate) async fn find(
    platform: &Platform,
    id: &str,
    redirect_uri: &str,
) -> Result<Result<Option<Client>, &'static str>, OutsideError> {
    if client_metadata::is_url(id) {
        return described(platform, id, redirect_uri).await.map(|found| found.map(Some));
    }
    grants(platform).await?.client(id, now(platform)).await.map(Ok)
}

async fn described(
    platform: &Platform,
    url: &str,
    redirect_uri: &str,
) -> Result<Result<Client, &'static str>, OutsideError> {
    let hosts = CIMD_HOSTS.read(platform).await?;
    // Built-in clients, and addresses that may not be fetched, are known without the database.
    let copy = match client_metadata::resolve(url, redirect_uri, None, &hosts, now(platform)) {
        Resolution::Known(client) => return Ok(Ok(client)),
        Resolution::Refused(why) => return Ok(Err(why)),
        Resolution::Fetch => grants(platform).await?.document(url).await?,
    };
    match client_metadata::resolve(url, redirect_uri, copy.as_ref(), &hosts, now(platform)) {
        Resolution::Known(client) => return Ok(Ok(client)),
        Resolution::Refused(why) => return Ok(Err(why)),
        Resolution::Fetch => {}
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
        Resolution::Refused(why) => Err(why),
        // Nothing is fetched twice.
        Resolution::Fetch => Err("The description of this client cannot be fetched."),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
