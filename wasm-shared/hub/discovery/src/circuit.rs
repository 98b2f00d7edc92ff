//! The circuit of a server: after some failures in a row it is not asked for a while.

/// Failures in a row after which a server is left alone.
pub const FAILURES: i64 = 5;
/// How long it is left alone, in milliseconds.
pub const REST_MS: i64 = 30_000;

/// How a server has answered lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circuit {
    /// Failures since the last success.
    pub failures: i64,
    /// Until when it is left alone, in milliseconds of Unix time.
    pub open_until: i64,
}

impl Circuit {
    /// For how many milliseconds the server is still left alone; `None` where it may be asked.
    #[must_use]
    pub fn rests(&self, now: i64) -> Option<i64> {
        (self.open_until > now).then(|| self.open_until - now)
    }

    /// The circuit after a call. The first call after a rest decides alone: one more failure is another rest.
    #[must_use]
    pub const fn after(&self, succeeded: bool, now: i64) -> Self {
        if succeeded {
            return Self { failures: 0, open_until: 0 };
        }
        let failures = self.failures.saturating_add(1);
        let open_until = if failures >= FAILURES { now + REST_MS } else { self.open_until };
        Self { failures, open_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_are_half_a_minutes_rest_and_a_success_ends_it() {
        let mut circuit = Circuit::default();
        for _ in 0..4 {
            circuit = circuit.after(false, 1_000);
        }
        assert_eq!(circuit.rests(1_000), None);
        circuit = circuit.after(false, 1_000);
        assert_eq!(
            (circuit.rests(1_000), circuit.rests(30_999), circuit.rests(31_000)),
            (Some(30_000), Some(1), None)
        );
        // After the rest one more failure is enough.
        assert_eq!(circuit.after(false, 31_000).rests(31_000), Some(30_000));
        assert_eq!(circuit.after(true, 31_000), Circuit::default());
    }

    #[test]
    fn failures_that_are_not_in_a_row_are_no_rest() {
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            circuit = circuit.after(false, 0).after(false, 0).after(true, 0);
        }
        assert_eq!(circuit.rests(0), None);
    }
}
