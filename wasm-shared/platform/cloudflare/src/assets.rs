use std::sync::Arc;

use http_body_util::BodyExt as _;
use platform::{Answer, Assets, OutsideError, Provides};

use super::{Bindings, on_this_thread};

impl Provides<dyn Assets> for Bindings {
    fn provide(&self) -> Option<Arc<dyn Assets>> {
        Some(Arc::new(self.clone()))
    }
}

/// Workers static assets.
impl Assets for Bindings {
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        let failed = |error: &dyn std::fmt::Display| OutsideError::new("assets", error);
        on_this_thread(async move {
            // A function deployed as a Worker of its own may have no assets at all.
            let Ok(assets) = self.0.assets("ASSETS") else { return Ok(None) };
            // The binding looks at the path only; the host is any.
            let response = assets
                .fetch(format!("https://assets.invalid/{path}"), None)
                .await
                .map_err(|error| failed(&error))?;
            match response.status().as_u16() {
                200 => {
                    let bytes = response.into_body().collect().await.map_err(|error| failed(&error))?;
                    Ok(Some(bytes.to_bytes().to_vec()))
                }
                404 => Ok(None),
                status => Err(failed(&format_args!("{path} answered {status}"))),
            }
        })
    }
}
