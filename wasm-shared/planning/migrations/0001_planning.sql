-- The phases of jobs: when each ran, and what it took. `kept` says that its output lies in the archive. Times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS planning_phases (
    job TEXT NOT NULL,
    phase TEXT NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER,
    tokens INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, phase)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS planning_phases_finished ON planning_phases (phase, finished) WHERE finished IS NOT NULL;
-- The key that signs links. There is one row.
CREATE TABLE IF NOT EXISTS planning_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
