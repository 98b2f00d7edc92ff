//! The server's own tools, for a daemon that may use some of them: called in this process, for whoever calls the daemon.

use asking::ServerTools;
use assistant::Desk;
use daemons::{Opening, Workshop};
use models::Toolbox;
use platform::Platform;
use web::{Caller, Permit};

pub(crate) struct Own<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) caller: &'a Caller,
    pub(crate) permit: Permit,
}

impl Workshop for Own<'_> {
    fn open<'a>(&'a self, names: &'a [String]) -> Opening<'a> {
        Box::pin(async move {
            let desk = Desk::open(self.platform, self.permit.clone(), Some(self.caller.clone())).await?;
            let tools = ServerTools::allowed(desk, names).await?;
            Ok(Box::new(tools) as Box<dyn Toolbox>)
        })
    }
}
