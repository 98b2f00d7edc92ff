use http::StatusCode;
use platform::OutsideError;
use web::Problem;

/// Why there is no snapshot to be had.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// None was ever loaded, and none was bundled.
    #[error("no snapshot has been loaded")]
    Empty,
    /// A store did not answer.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// What the store holds is not a snapshot of this version.
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
