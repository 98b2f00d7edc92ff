//! Webhooks as [Standard Webhooks](https://www.standardwebhooks.com) has them: what is told, signed, sent, and tried again.

mod attempt;
mod deliveries;
mod own;
mod signature;

pub use attempt::{Attempt, Settings, test};
pub use deliveries::{DeliveryRecord, TOPIC, deliver, list, retry};
pub(crate) use deliveries::{announce, record, resend_stalled};
pub use own::{OwnSecret, describe, remove, rotate, secrets_of};
pub use signature::{Secrets, sign};
