//! Making a snapshot the current one.

use std::{sync::Arc, time::Duration};

use network_data::Snapshot;
use platform::{OutsideError, Platform};

use crate::{
    Current, PublishError, StoreError,
    current::{load, pointer},
    layout::{CURRENT, Pointer, archive_key, body_key, dated_key, name_of, new_copy},
    settings,
    table::{self, Commit, Published},
    tidy,
};

/// How often the pointer is written if the cache refuses it. Cloudflare's takes one write a second for a key.
const WRITES: u32 = 4;

/// Before the pointer is written again, on average.
const PAUSE: Duration = Duration::from_millis(1_100);

/// How often an import tries again because another publication came first. Each time one of them succeeded.
const TRIES: usize = 50;

/// The current snapshot, as a publisher needs it.
pub struct Latest {
    /// The snapshot; `None` where none was ever published, or where it can no longer be read.
    pub current: Option<Current>,
    head: Head,
}

impl Latest {
    /// Whether the operator wants this snapshot to stay until it is released.
    #[must_use]
    pub const fn is_pinned(&self) -> bool {
        self.head.pinned
    }
}

/// The end of the order of publications.
struct Head {
    /// The number of the newest publication in the database; 0 where there is none.
    newest: i64,
    /// The greatest number in the database and in the cache. Above `newest` only where the database lost its rows, or where each
    /// replica has one of its own.
    seen: i64,
    pinned: bool,
    /// Names what is current.
    current: Option<Pointer>,
    /// The cache's pointer to the current snapshot.
    pointer: Option<Pointer>,
}

impl Head {
    fn of(newest: Option<Published>, pointer: Option<Pointer>) -> Self {
        let (number, pinned) = newest.as_ref().map_or((0, false), |newest| (newest.seq, newest.pinned));
        let seen = pointer.as_ref().map_or(number, |pointer| pointer.seq.max(number));
        let current = match newest {
            Some(newest) if number == seen => Some(newest.pointer()),
            _ => pointer.clone(),
        };
        Self { newest: number, seen, pinned, current, pointer }
    }
}

/// Reads the current snapshot. Where a publisher was killed before it told the cache, this tells it.
///
/// # Errors
/// When a store does not answer.
pub async fn latest(platform: &Platform) -> Result<Latest, PublishError> {
    let platform = &platform.patient();
    let head = head(platform, settings::without_database(platform).await?).await?;
    if head.pointer.as_ref().map_or(0, |pointer| pointer.seq) < head.newest {
        announce(platform).await?;
    }
    let snapshot = match &head.current {
        Some(pointer) => match load(platform, pointer).await {
            Err(StoreError::Outside(error)) => return Err(StoreError::Outside(error).into()),
            Err(StoreError::Empty | StoreError::Unreadable(_)) => None,
            Ok(snapshot) => Some(snapshot),
        },
        None => None,
    };
    let now = platform.clock().now();
    let current =
        snapshot.map(|snapshot| Current::new(Arc::new(snapshot), head.seen, now).pinned(head.pinned));
    Ok(Latest { current, head })
}

/// Makes a snapshot the current one, whatever is current now.
///
/// # Errors
/// [`PublishError`], which says what is current after it.
pub async fn publish(platform: &Platform, snapshot: Snapshot) -> Result<Current, PublishError> {
    publish_draft(Draft::new(platform, snapshot).await?).await
}

/// The same, and no refresh replaces it until [`unpin`]; another publication by the operator does.
///
/// # Errors
/// [`PublishError`], which says what is current after it.
pub async fn publish_pinned(platform: &Platform, snapshot: Snapshot) -> Result<Current, PublishError> {
    let draft = Draft::new(platform, snapshot).await?;
    publish_draft(Draft { pinned: true, ..draft }).await
}

async fn publish_draft(mut draft: Draft) -> Result<Current, PublishError> {
    for _ in 0..TRIES {
        let head = head(&draft.platform, draft.without_database).await?;
        if let Some(current) = draft.publish_at(&head).await? {
            tidy(&draft.platform).await;
            return Ok(current);
        }
    }
    Err(PublishError::Contended)
}

/// Lets refreshes replace the current snapshot again. Whether it was pinned.
///
/// # Errors
/// When the database does not answer, or there is none.
pub async fn unpin(platform: &Platform) -> Result<bool, PublishError> {
    if settings::without_database(platform).await? {
        return Err(PublishError::NoDatabase);
    }
    let platform = &platform.patient();
    table::migrate(platform).await?;
    let was_pinned = table::unpin(platform).await?;
    // Where an earlier release was not announced, the cache still says that it is pinned.
    let seems_pinned = readable_pointer(platform).await?.is_some_and(|pointer| pointer.pinned);
    if was_pinned || seems_pinned {
        announce(platform).await?;
    }
    Ok(was_pinned || seems_pinned)
}

/// A snapshot that is to become current.
pub struct Draft {
    platform: Platform,
    snapshot: Arc<Snapshot>,
    id: String,
    copy: String,
    pinned: bool,
    without_database: bool,
    is_stored: bool,
}

impl Draft {
    /// Nothing is written before it is published.
    ///
    /// # Errors
    /// When the variables cannot be read.
    pub async fn new(platform: &Platform, snapshot: Snapshot) -> Result<Self, PublishError> {
        let id = name_of(&snapshot);
        Ok(Self {
            platform: platform.patient(),
            snapshot: Arc::new(snapshot),
            copy: new_copy(&id),
            id,
            pinned: false,
            without_database: settings::without_database(platform).await?,
            is_stored: false,
        })
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Publishes it if `latest` still is the latest; `None` where another publication came first. What is not needed any more is left
    /// to [`tidy()`].
    ///
    /// # Errors
    /// [`PublishError`], which says what is current after it.
    pub async fn publish_after(&mut self, latest: &Latest) -> Result<Option<Current>, PublishError> {
        self.publish_at(&latest.head).await
    }

    async fn publish_at(&mut self, head: &Head) -> Result<Option<Current>, PublishError> {
        if self.without_database {
            return self.publish_without_database(head).await.map(Some);
        }
        self.store().await?;
        let seq = head.seen + 1;
        let commit = table::commit(&self.platform, &self.copy, head.newest, seq, self.pinned);
        match commit.await.map_err(PublishError::Undecided)? {
            Commit::Done => {}
            Commit::Overtaken => return Ok(None),
            Commit::TooLate => return Err(PublishError::Contended),
        }
        announce(&self.platform).await?;
        let current = self.remember(seq);
        if let Some(before) = &head.pointer {
            tidy::forget_legacy(&self.platform, before).await;
        }
        Ok(Some(current))
    }

    /// Writes the bytes, under a name that nothing refers to yet.
    async fn store(&mut self) -> Result<(), PublishError> {
        if self.is_stored {
            return Ok(());
        }
        let (date, bytes) = (self.snapshot.current_date(), self.snapshot.to_wire());
        if !self.without_database {
            table::begin(&self.platform, &self.copy, &self.id, (date, self.snapshot.source())).await?;
        }
        self.platform.archive().put(&archive_key(date, &self.copy), &bytes).await?;
        self.platform.cache().put(&body_key(&self.copy), &bytes).await?;
        self.is_stored = true;
        Ok(())
    }

    /// Without a database there is no order of publications: of two at once either may stay. The archive's copy of the date
    /// is written last, so that a publication that failed does not replace it.
    async fn publish_without_database(&mut self, head: &Head) -> Result<Current, PublishError> {
        if self.pinned {
            return Err(PublishError::NoDatabase);
        }
        self.store().await?;
        let before = head.pointer.as_ref();
        let seq = head.seen + 1;
        let previous = before.map(|before| before.copy().to_owned());
        let (id, copy) = (self.id.clone(), Some(self.copy.clone()));
        let pointer = Pointer { id, copy, seq, pinned: false, previous };
        write(&self.platform, &pointer).await?;
        let current = self.remember(seq);
        let key = dated_key(self.snapshot.current_date());
        let archived = self.platform.archive().put(&key, &self.snapshot.to_wire()).await;
        archived.map_err(PublishError::Unarchived)?;
        tidy::tidy_without_database(&self.platform, before).await;
        Ok(current)
    }

    /// The publishing instance knows at once.
    fn remember(&self, seq: i64) -> Current {
        let instance = self.platform.instance();
        let now = self.platform.clock().now();
        let current = Current::new(Arc::clone(&self.snapshot), seq, now).pinned(self.pinned);
        if instance.get::<Current>().is_none_or(|held| held.seq <= seq) {
            instance.set(current.clone());
        }
        current
    }
}

async fn head(platform: &Platform, without_database: bool) -> Result<Head, StoreError> {
    let newest = if without_database {
        None
    } else {
        table::migrate(platform).await?;
        table::newest(platform).await?
    };
    Ok(Head::of(newest, readable_pointer(platform).await?))
}

/// A pointer that cannot be read counts as none: publishing is the remedy for it.
async fn readable_pointer(platform: &Platform) -> Result<Option<Pointer>, OutsideError> {
    match pointer(platform).await {
        Err(StoreError::Outside(error)) => Err(error),
        found => Ok(found.unwrap_or(None)),
    }
}

/// Writes what the database says is current into the cache, until both agree. So the last name that is written is the newest.
async fn announce(platform: &Platform) -> Result<(), PublishError> {
    let mut written = None;
    loop {
        let newest = match table::newest(platform).await {
            Ok(newest) => newest,
            // What was written is right, unless another publication took place at the same moment.
            Err(_) if written.is_some() => return Ok(()),
            Err(error) => return Err(PublishError::Unannounced(error)),
        };
        let Some(newest) = newest.filter(|newest| written != Some(newest.seq)) else { return Ok(()) };
        write(platform, &newest.pointer()).await?;
        written = Some(newest.seq);
    }
}

async fn write(platform: &Platform, pointer: &Pointer) -> Result<(), PublishError> {
    let bytes = serde_json::to_vec(pointer).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let (began, limit) = (platform.clock().now(), platform.patience().await);
    for writes in 1.. {
        let Err(error) = platform.cache().put(CURRENT, &bytes).await else { break };
        let taken = platform.clock().now() - began;
        if writes == WRITES || taken.to_std().is_ok_and(|taken| taken >= limit) {
            return Err(PublishError::Unannounced(error));
        }
        // Writers that were refused together do not come back together.
        let random = f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / f64::from(u8::MAX);
        platform.sleep().sleep(PAUSE.mul_f64(0.75 + 0.5 * random)).await;
    }
    Ok(())
}
