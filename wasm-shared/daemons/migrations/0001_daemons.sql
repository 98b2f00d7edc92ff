-- Definitions by the operator, as JSON. Null takes a built-in daemon away.
CREATE TABLE IF NOT EXISTS daemon_definitions (
    name TEXT NOT NULL PRIMARY KEY,
    definition TEXT
) WITHOUT ROWID;
-- Each owner's daemons, from the first summoning on. `session` is a random name of the present summoning (null: dormant), `used` the
-- last summoning or call. `invocations` counts the calls since the last summoning, the columns after it all calls ever. Times are
-- milliseconds since 1970.
CREATE TABLE IF NOT EXISTS daemons (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    session TEXT,
    summoned INTEGER NOT NULL,
    used INTEGER NOT NULL,
    summons INTEGER NOT NULL DEFAULT 1,
    invocations INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    milliseconds INTEGER NOT NULL DEFAULT 0,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (owner, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS daemons_used ON daemons (used) WHERE session IS NOT NULL;
-- Calls under way. One whose `deadline` has passed has failed, whatever became of whoever made it.
CREATE TABLE IF NOT EXISTS daemon_calls (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    session TEXT NOT NULL,
    started INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    task TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS daemon_calls_owner ON daemon_calls (owner, name);
CREATE INDEX IF NOT EXISTS daemon_calls_deadline ON daemon_calls (deadline);
-- What happened, in the order in which it was written: the events and the record. `data` is JSON; `task` and `answer` are those of
-- a call. No number is given twice, not after a purge either.
CREATE TABLE IF NOT EXISTS daemon_records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    daemon TEXT,
    data TEXT NOT NULL,
    task TEXT,
    answer TEXT
);
CREATE INDEX IF NOT EXISTS daemon_records_owner ON daemon_records (owner, number);
