-- Tokens that keys have spent on a UTC day (counted from 1970-01-01), with those that are reserved for calls under way. `granted` is
-- what the last call reserved.
CREATE TABLE IF NOT EXISTS model_budgets (
    subject TEXT PRIMARY KEY,
    day INTEGER NOT NULL,
    used INTEGER NOT NULL,
    granted INTEGER NOT NULL
) WITHOUT ROWID;
-- What owners asked of models on a UTC day. `cost` is in millionths of a US dollar.
CREATE TABLE IF NOT EXISTS model_usage (
    owner TEXT NOT NULL,
    day INTEGER NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (owner, day, model)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS model_usage_day ON model_usage (day);
