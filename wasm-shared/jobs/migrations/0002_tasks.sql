-- What MCP clients hold of long calls (tasks): the text of the protocol's server, by the job's own id. `version` changes with every
-- write. `expires` is in milliseconds since 1970.
CREATE TABLE IF NOT EXISTS job_tasks (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    task TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS job_tasks_expires ON job_tasks (expires);
