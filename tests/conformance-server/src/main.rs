//! Serves the conformance server natively, on loopback: `conformance-server <port>`. Port 0 is any free one; the
//! address is printed once it listens.

use std::{
    error::Error,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::SystemTime,
};

use axum::Router;
use conformance_server::{Desk, PATH, routes};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let desk = Desk { pause: Arc::new(|time| Box::pin(tokio::time::sleep(time))), now_ms, session_id };
    let app: Router = routes()?.with_state(desk);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    #[expect(clippy::print_stdout, reason = "whoever started it waits for this line")]
    {
        println!("http://{}{PATH}", listener.local_addr()?);
    }
    axum::serve(listener, app).await?;
    Ok(())
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Different each time, which is all a test needs of it.
fn session_id() -> String {
    format!("{:016x}", RandomState::new().hash_one(now_ms()))
}
