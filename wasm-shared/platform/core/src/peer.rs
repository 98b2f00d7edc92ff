use std::net::SocketAddr;

/// The other end of a request's connection, among its extensions: put there by a backend that accepts connections itself. Where
/// a platform accepts them, it says in a header where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);
