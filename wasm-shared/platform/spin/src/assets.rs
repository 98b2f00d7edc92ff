use std::{io, path::Path, sync::Arc};

use platform::{Answer, Assets, OutsideError, Provides};

use super::Component;

/// The files that `spin.toml` mounts into the component.
struct Mounted;

impl Provides<dyn Assets> for Component {
    fn provide(&self) -> Option<Arc<dyn Assets>> {
        Some(Arc::new(Mounted))
    }
}

impl Assets for Mounted {
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        let read = std::fs::read(Path::new("/assets").join(path));
        Box::pin(std::future::ready(match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(OutsideError::new("assets", format_args!("{path}: {error}"))),
        }))
    }
}
