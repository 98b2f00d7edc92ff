-- API keys. A secret is kept as its SHA-256 only.
CREATE TABLE IF NOT EXISTS api_keys (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  prefix TEXT NOT NULL,
  scopes TEXT NOT NULL,
  per_minute INTEGER NOT NULL,
  per_day INTEGER NOT NULL,
  created INTEGER NOT NULL,
  last_used INTEGER,
  expires INTEGER,
  revoked INTEGER,
  hash TEXT NOT NULL UNIQUE,
  previous_hash TEXT,
  previous_until INTEGER
);
CREATE INDEX IF NOT EXISTS api_keys_previous ON api_keys (previous_hash) WHERE previous_hash IS NOT NULL;
-- What administrators did.
CREATE TABLE IF NOT EXISTS audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  target TEXT NOT NULL,
  address TEXT,
  request_id TEXT
);
