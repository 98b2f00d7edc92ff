//! When an instance looks at the store again, and what it answers meanwhile.

use chrono::{DateTime, Duration, Utc};

use crate::{Current, StoreError};

/// For how long the store is left alone after a look at it that failed, at most.
const PAUSE: Duration = Duration::seconds(5);

/// An instance's record of its looks at the store.
#[derive(Clone, Default)]
pub(crate) struct Looks {
    /// For how long a snapshot is trusted; `None` before the first look.
    recheck: Option<Duration>,
    /// The look under way: since when, and until when it has to be over.
    under_way: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The last look, if it failed.
    failed: Option<Failed>,
}

#[derive(Clone)]
struct Failed {
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    error: StoreError,
}

/// How a request gets its snapshot.
pub(crate) enum Next {
    /// It takes what memory holds.
    Remembered,
    /// It fails as the last look did.
    Refused(StoreError),
    /// It looks.
    Look,
}

impl Looks {
    /// What a request does at `now`. One look at a time is enough where there is a snapshot in memory, unless the operator wants
    /// each request to look (`recheck` of zero).
    pub(crate) fn next(&self, known: Option<&Current>, now: DateTime<Utc>) -> Next {
        // Each of these spans begins at its start: a clock that was set back must not make one last for ever.
        let recheck = self.recheck.unwrap_or_default();
        if known.is_some_and(|known| (known.checked..known.checked + recheck).contains(&now)) {
            return Next::Remembered;
        }
        if let Some(failed) =
            self.failed.as_ref().filter(|failed| (failed.since..failed.until).contains(&now))
        {
            return if known.is_some() { Next::Remembered } else { Next::Refused(failed.error.clone()) };
        }
        let somebody_looks = self.under_way.is_some_and(|(since, until)| (since..until).contains(&now));
        if known.is_some() && somebody_looks && recheck > Duration::zero() {
            return Next::Remembered;
        }
        Next::Look
    }

    /// A look begins and has to be over after `limit`.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>, recheck: Duration, limit: std::time::Duration) {
        self.recheck = Some(recheck);
        self.under_way = Some((now, now + limit));
    }

    /// A look that began at `began` has ended.
    pub(crate) fn end(&mut self, began: DateTime<Utc>, now: DateTime<Utc>, error: Option<StoreError>) {
        self.under_way = None;
        // A store that took long to fail is left alone for as long, also where the operator wants each request to look.
        let pause = self.recheck.unwrap_or_default().min(PAUSE).max(now - began);
        self.failed = error.map(|error| Failed { since: now, until: now + pause, error });
    }

    /// Whether the store failed a moment ago, so that a call that can be left out should be.
    pub(crate) fn failed_lately(&self, now: DateTime<Utc>) -> bool {
        self.failed.as_ref().is_some_and(|failed| {
            // A store that holds nothing yet has answered.
            matches!(failed.error, StoreError::Outside(_)) && (failed.since..failed.until).contains(&now)
        })
    }
}
