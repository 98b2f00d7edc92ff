-- Jobs. `state` is the whole record as JSON; the other columns are there to be found by. `stamp` changes with every write: a
-- writer that read an older one does not write. Times are milliseconds since 1970. `nudge` is when the job's messages are sent
-- again if nothing has happened to it by then (null once it has ended).
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    account TEXT NOT NULL,
    tool TEXT NOT NULL,
    priority INTEGER NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL,
    stamp TEXT NOT NULL,
    expires INTEGER,
    nudge INTEGER
);
CREATE INDEX IF NOT EXISTS jobs_owner ON jobs (owner, number);
CREATE INDEX IF NOT EXISTS jobs_account ON jobs (account, status, priority);
CREATE INDEX IF NOT EXISTS jobs_expires ON jobs (expires) WHERE expires IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_nudge ON jobs (nudge) WHERE nudge IS NOT NULL;
-- What each job was asked, as JSON: apart, because it may be large and never changes.
CREATE TABLE IF NOT EXISTS job_inputs (
    job INTEGER PRIMARY KEY,
    input TEXT NOT NULL
);
-- What happened to each job, numbered from one without gaps.
CREATE TABLE IF NOT EXISTS job_events (
    job INTEGER NOT NULL,
    event INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (job, event)
) WITHOUT ROWID;
-- Which job an owner's idempotency key stands for, until `expires`.
CREATE TABLE IF NOT EXISTS job_requests (
    owner TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    digest TEXT NOT NULL,
    job TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (owner, idempotency_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_requests_expires ON job_requests (expires);
-- Webhooks: one for each event that is told. `attempts` is a JSON list; `due` is when the next attempt may begin (null once it
-- is settled), and while one is under way, when it is given up.
CREATE TABLE IF NOT EXISTS job_deliveries (
    job INTEGER NOT NULL,
    event INTEGER NOT NULL,
    message TEXT NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts TEXT NOT NULL,
    first INTEGER NOT NULL,
    due INTEGER,
    PRIMARY KEY (job, event)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_deliveries_due ON job_deliveries (due) WHERE due IS NOT NULL;
