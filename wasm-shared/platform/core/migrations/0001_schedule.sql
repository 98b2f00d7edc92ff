-- What is done by the clock: the newest occurrence of each job that was begun, how often it was tried, and when it may be
-- tried again (milliseconds since 1970; null once it has succeeded).
CREATE TABLE IF NOT EXISTS schedule_jobs (
    name TEXT PRIMARY KEY,
    occurrence INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    again INTEGER
);
