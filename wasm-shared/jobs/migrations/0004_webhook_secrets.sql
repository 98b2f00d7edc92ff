-- The webhook secrets that keys have of their own: as they are, because signing needs them. `former` signs too until `former_until`
-- (milliseconds since 1970).
CREATE TABLE IF NOT EXISTS job_webhook_secrets (
    account TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    created INTEGER NOT NULL,
    former TEXT,
    former_until INTEGER
) WITHOUT ROWID;
