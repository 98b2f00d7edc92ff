//! Resources: what a client may read, by name or by template.

use std::future::Future;

use rmcp::model::{ReadResourceResult, Resource, ResourceTemplate};

use crate::{
    Context, Error, Reply, ResourceOutput,
    handling::Handling,
    uri_template::{ResourceUri, UriTemplate},
};

type Read<S, U> = Box<dyn Fn(Context<S>, U) -> Handling<Reply<ReadResourceResult>> + Send + Sync>;

/// A resource of one URI.
pub(crate) struct Fixed<S> {
    pub(crate) listed: Resource,
    read: Read<S, ()>,
}

/// Resources of all URIs of a template.
pub(crate) struct Templated<S> {
    pub(crate) listed: ResourceTemplate,
    pub(crate) template: UriTemplate,
    read: Read<S, ResourceUri>,
}

impl<S: Send + 'static> Fixed<S> {
    pub(crate) fn new<O, F, Fut>(listed: Resource, read: F) -> Self
    where
        O: ResourceOutput,
        F: Fn(Context<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        let (uri, mime_type) = (listed.uri.clone(), listed.mime_type.clone());
        let read: Read<S, ()> = Box::new(move |context, ()| {
            let (reading, uri, mime_type) = (read(context), uri.clone(), mime_type.clone());
            Box::pin(async move { Ok(reading.await?.into_reply(&uri, mime_type.as_deref())) })
        });
        Self { listed, read }
    }
}

impl<S: Send + 'static> Templated<S> {
    pub(crate) fn new<O, F, Fut>(listed: ResourceTemplate, read: F) -> Result<Self, Error>
    where
        O: ResourceOutput,
        F: Fn(Context<S>, ResourceUri) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Error>> + Send + 'static,
    {
        let template = UriTemplate::parse(&listed.uri_template).map_err(|why| {
            Error::definition(format!("Resource template `{}`: {why}", listed.uri_template))
        })?;
        let mime_type = listed.mime_type.clone();
        let read: Read<S, ResourceUri> = Box::new(move |context, uri| {
            let (asked, mime_type) = (uri.as_str().to_owned(), mime_type.clone());
            let reading = read(context, uri);
            Box::pin(async move { Ok(reading.await?.into_reply(&asked, mime_type.as_deref())) })
        });
        Ok(Self { listed, template, read })
    }
}

/// Where a URI leads.
pub(crate) enum Found<'a, S> {
    Fixed(&'a Fixed<S>),
    Templated(&'a Templated<S>, ResourceUri),
}

/// Finds what a URI names: a resource of its own first, then the first template it fits.
pub(crate) fn find<'a, S>(
    fixed: &'a [Fixed<S>],
    templated: &'a [Templated<S>],
    uri: &str,
) -> Result<Found<'a, S>, Error> {
    if let Some(resource) = fixed.iter().find(|resource| resource.listed.uri == uri) {
        return Ok(Found::Fixed(resource));
    }
    templated
        .iter()
        .find_map(|entry| Some(Found::Templated(entry, entry.template.read(uri)?)))
        .ok_or_else(|| Error::resource_not_found(uri))
}

impl<S> Found<'_, S> {
    pub(crate) async fn read(self, context: Context<S>) -> Result<Reply<ReadResourceResult>, Error> {
        match self {
            Self::Fixed(resource) => (resource.read)(context, ()).await,
            Self::Templated(entry, uri) => (entry.read)(context, uri).await,
        }
    }
}
