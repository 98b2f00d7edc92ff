//! Addresses of artifacts that work without a key until they expire. The signature covers everything that the address says.

use std::{fmt::Write as _, time::Duration};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// For how long a link works.
pub const WORKS: Duration = Duration::from_mins(10);

/// What a link gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// The job.
    pub job: &'a str,
    /// The type of the artifact.
    pub artifact: &'a str,
    /// Its format.
    pub format: &'a str,
    /// When it ends to work, in seconds since 1970.
    pub expires: i64,
}

impl Link<'_> {
    /// Its path and query.
    #[must_use]
    pub fn path(&self, key: &str) -> String {
        let Self { job, artifact, format, expires } = self;
        let mut signature = String::with_capacity(64);
        for byte in self.mac(key).map(|mac| mac.finalize().into_bytes()).unwrap_or_default() {
            // Writing to a String does not fail.
            let _ = write!(signature, "{byte:02x}");
        }
        format!("/api/artifacts/{job}/{artifact}?format={format}&expires={expires}&signature={signature}")
    }

    /// Whether this signature is that of the key, and the link has not expired by `now`, in seconds since 1970. Compares in
    /// constant time.
    #[must_use]
    pub fn is_good(&self, key: &str, signature: &str, now: i64) -> bool {
        let digit = |at: usize| u8::from_str_radix(signature.get(at..at + 2)?, 16).ok();
        let is_hex = signature.len() == 64 && signature.bytes().all(|digit| digit.is_ascii_hexdigit());
        let bytes: Option<Vec<u8>> = is_hex.then(|| (0..64).step_by(2).map(digit).collect()).flatten();
        let (Some(bytes), Some(mac)) = (bytes, self.mac(key)) else { return false };
        mac.verify_slice(&bytes).is_ok() && now < self.expires
    }

    fn mac(&self, key: &str) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
        for part in ["artifact", self.job, self.artifact, self.format, &self.expires.to_string()] {
            // The length before each part, so that no two lists of parts look alike.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a key of tests";
    const LINK: Link<'_> = Link { job: "job_1", artifact: "prd", format: "html", expires: 1_000 };

    fn signature(link: &Link<'_>) -> String {
        link.path(KEY).rsplit_once('=').unwrap().1.to_owned()
    }

    #[test]
    fn a_link_works_until_it_expires_and_for_nothing_else() {
        let good = signature(&LINK);
        assert!(LINK.is_good(KEY, &good, 999));
        assert!(!LINK.is_good(KEY, &good, 1_000));
        assert!(!LINK.is_good("another key", &good, 0));
        for other in [
            Link { job: "job_2", ..LINK },
            Link { artifact: "all", ..LINK },
            Link { format: "zip", ..LINK },
            Link { expires: 9_000, ..LINK },
            Link { job: "job_1p", artifact: "rd", ..LINK },
        ] {
            assert!(!other.is_good(KEY, &good, 0), "{other:?}");
        }
    }

    #[test]
    fn a_forged_signature_is_refused_whatever_it_looks_like() {
        let good = signature(&LINK);
        let flipped = if good.starts_with('0') { "1" } else { "0" }.to_owned() + &good[1..];
        for forged in [
            "",
            "0",
            &flipped,
            &good[..62],
            &format!("{good}00"),
            &"é".repeat(32),
            &format!("+{}", &good[1..]),
        ] {
            assert!(!LINK.is_good(KEY, forged, 0), "{forged}");
        }
    }
}
