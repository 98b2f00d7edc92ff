//! Handlers at work.

use std::{future::Future, pin::Pin};

use crate::Error;

/// A handler at work.
pub(crate) type Handling<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;
