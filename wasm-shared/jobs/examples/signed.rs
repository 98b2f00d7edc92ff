//! Prints signed webhooks, a JSON object a line, for the scheme's own libraries to judge: `tests/oracles`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool of the tests")]

use std::time::{SystemTime, UNIX_EPOCH};

use jobs::webhook::{Secrets, sign};
use serde_json::json;

const ONE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str =
    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

fn main() {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    let both = format!("{ONE} {OTHER}");
    let bodies =
        ["{}", "{\"type\":\"job.completed\",\"data\":{\"name\":\"ä ö 漢字 \\n\"}}", &"x".repeat(100_000)];
    for (number, body) in bodies.iter().enumerate() {
        // While a secret is replaced, receivers that have the old one and those that have the new one both accept.
        for (signing, secret) in [(ONE, ONE), (OTHER, OTHER), (&both, ONE), (&both, OTHER)] {
            let id = format!("msg_{number}");
            let signature = sign(&Secrets::parse(signing).unwrap(), &id, now, body);
            let line =
                json!({"secret": secret, "id": id, "timestamp": now, "signature": signature, "body": body});
            println!("{line}");
        }
    }
}
