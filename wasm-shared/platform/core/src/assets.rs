use crate::{Answer, deadline::Bounded, service::service};

/// Files that were deployed together with the functions: the documentation page, the bundled network.
pub trait Assets: Send + Sync {
    /// A file's bytes by its path below the assets' root (`docs/index.html`), or `None` where it was not deployed.
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>>;
}

service!(Assets, assets, "assets", "Files deployed with the functions.", bounded);

impl Assets for Bounded<dyn Assets> {
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        self.call(self.service.get(path))
    }
}
