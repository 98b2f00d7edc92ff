//! The contract over HTTP, the same for every platform.
