//! Serves the conformance server natively, on loopback: `conformance-server-native [port]`. Without a port it takes a
//! free one. The address is printed once it listens.

use std::{error::Error, io::Write};

use conformance_server::{PATH, routes};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let app = web::app(routes(), platform_native::memory::World::default().platform());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    writeln!(std::io::stdout(), "http://{}{PATH}", listener.local_addr()?)?;
    axum::serve(listener, app).await?;
    Ok(())
}
