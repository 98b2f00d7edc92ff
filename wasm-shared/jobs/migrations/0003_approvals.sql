-- Approvals of jobs: who asked for what, and who allowed it. `digest` is that of the tool and its input; `job` the job that waits for
-- it or was begun by it (null once that is forgotten). `status` is pending, approved, used, rejected or expired. Times are milliseconds
-- since 1970; `expires` is when a pending one lapses, and later when an approved one does.
CREATE TABLE IF NOT EXISTS job_approvals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    account TEXT NOT NULL,
    tool TEXT NOT NULL,
    digest TEXT NOT NULL,
    job TEXT,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    reviewer TEXT,
    reason TEXT,
    decided INTEGER
);
CREATE INDEX IF NOT EXISTS job_approvals_status ON job_approvals (status, expires);
