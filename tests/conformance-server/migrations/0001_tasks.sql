-- Calls that became tasks: their state as JSON, with a number that grows at every change, until they expire
-- (milliseconds since 1970).
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    task TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_expires ON tasks (expires);
