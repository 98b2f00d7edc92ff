//! Serves the function natively, on loopback: `services-native [folder]`. Without a folder everything is in memory. The address
//! is printed once it listens.

use std::{error::Error, io::Write as _, path::PathBuf, sync::Arc};

use platform::Application as _;
use platform_native::{Machine, Storage};
use services::Function;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let storage =
        std::env::args().nth(1).map_or(Storage::Memory, |folder| Storage::Folder(PathBuf::from(folder)));
    // A machine that does much else takes longer than the default of two seconds for fifty transactions at once, each of which
    // waits for the disk.
    let variables = [("STORE_TIMEOUT_MS".to_owned(), "20000".to_owned())];
    let machine = Arc::new(Machine::new(&storage, variables.into(), None, [].into())?);
    let platform = machine.platform::<Function>();
    let app = web::app(Function::routes(), platform.clone());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    writeln!(std::io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    for _ in 0..2 {
        let (machine, platform) = (Arc::clone(&machine), platform.clone());
        tokio::spawn(async move { machine.work::<Function>(&platform).await });
    }
    axum::serve(listener, app).await?;
    Ok(())
}
