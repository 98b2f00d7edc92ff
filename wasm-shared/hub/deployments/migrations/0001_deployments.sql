-- Deployments. `state` is the whole record as JSON, without any secret; the other columns are there to be found by. `stamp` changes
-- with every write: a writer that read an older one does not write. Times are milliseconds since 1970. `busy` is until when
-- somebody works on it (the work's own deadline), and `due` when the schedule looks at it (null where nothing is under way).
CREATE TABLE IF NOT EXISTS deployments (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    stamp TEXT NOT NULL,
    busy INTEGER NOT NULL,
    due INTEGER
);
CREATE INDEX IF NOT EXISTS deployments_owner ON deployments (owner, number);
CREATE INDEX IF NOT EXISTS deployments_due ON deployments (due) WHERE due IS NOT NULL;
-- Which deployment an owner's idempotency key stands for, until `expires`. The digest is of the request without its secrets.
CREATE TABLE IF NOT EXISTS deployment_requests (
    owner TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (owner, idempotency_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deployment_requests_expires ON deployment_requests (expires);
-- What the mock engine runs.
CREATE TABLE IF NOT EXISTS deployment_mocks (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;
-- The catalogue that was fetched from MCP_TEMPLATES_URL.
CREATE TABLE IF NOT EXISTS deployment_catalogues (
    url TEXT PRIMARY KEY,
    etag TEXT,
    fetched INTEGER NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
