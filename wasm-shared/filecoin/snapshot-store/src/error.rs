use http::{HeaderValue, StatusCode, header};
use platform::OutsideError;
use web::Problem;

/// Why there is no snapshot.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// None was ever loaded, and none was bundled.
    #[error("no snapshot has been loaded")]
    Empty,
    /// A store did not answer.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The stored bytes are not a snapshot that this version reads.
    #[error("the stored snapshot cannot be read: {0}")]
    Unreadable(String),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Empty => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "NO_SNAPSHOT",
                "No network data has been loaded yet. The operator loads it with `PUT /admin/snapshot`.",
            ),
            StoreError::Outside(error) => Self::unavailable(&error),
            StoreError::Unreadable(reason) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "SNAPSHOT_UNREADABLE",
                format!(
                    "The stored network data cannot be read ({reason}). The operator restores an archived snapshot \
                     with `POST /admin/snapshots/{{date}}/restore` or imports one with `PUT /admin/snapshot`."
                ),
            ),
        }
    }
}

/// Why a snapshot was not published, and what is current now.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PublishError {
    /// Nothing was changed: what was current before still is.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing was changed, because others published all the time, or because this took too long.
    #[error("other publications came first; the snapshot that was published last is current")]
    Contended,
    /// The database did not say whether it took the publication.
    #[error("whether the snapshot became current is not known, because the database did not answer ({0})")]
    Undecided(OutsideError),
    /// The database has the publication, but readers do not learn of it.
    #[error(
        "the snapshot is recorded as the current one, but the former one is still served, because the cache did not take the \
         new one's name ({0})"
    )]
    Unannounced(OutsideError),
    /// Readers have the new snapshot, but the archive has not. Only where there is no database.
    #[error("the snapshot is current, but the archive did not take it ({0})")]
    Unarchived(OutsideError),
    /// The request needs a database.
    #[error("pinning a snapshot needs a database, and PUBLISH_WITHOUT_DATABASE says that there is none")]
    NoDatabase,
}

impl From<OutsideError> for PublishError {
    fn from(error: OutsideError) -> Self {
        Self::Store(error.into())
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let (code, detail) = match &error {
            PublishError::Store(error) => return error.clone().into(),
            PublishError::Contended => (
                "PUBLICATION_CONTENDED",
                "Other publications came first, and this one was not made. Send it again in a moment.",
            ),
            PublishError::Undecided(_) => (
                "PUBLICATION_UNDECIDED",
                "The database did not answer while the snapshot was being published, so whether it became current is not \
                 known. Send the request again: that does no harm if it did.",
            ),
            PublishError::Unannounced(_) => (
                "PUBLICATION_UNFINISHED",
                "The snapshot is recorded as the current one, but the cache did not take its name, so the former one is still \
                 served. Send the request again to finish the publication; the next refresh does that too.",
            ),
            PublishError::Unarchived(_) => (
                "PUBLICATION_UNFINISHED",
                "The snapshot is current, but the archive did not take it. Send the request again to archive it.",
            ),
            PublishError::NoDatabase => {
                ("DATABASE_MISSING", "Pinning a snapshot needs a database, and this deployment has none.")
            }
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("5"))
            .with_cause(&error)
    }
}
