-- A person's consent that a client may use a key. `attempt` names the request that took the last step.
CREATE TABLE IF NOT EXISTS oauth_grants (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  key TEXT NOT NULL,
  owner TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_name TEXT NOT NULL,
  redirect_host TEXT NOT NULL,
  resource TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  ended INTEGER,
  generation INTEGER NOT NULL,
  rotated INTEGER NOT NULL,
  last_used INTEGER,
  attempt TEXT
);
CREATE INDEX IF NOT EXISTS oauth_grants_owner ON oauth_grants (owner, number);
-- Codes and tokens, each as its SHA-256 only.
CREATE TABLE IF NOT EXISTS oauth_codes (
  hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,
  expires INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS oauth_refresh_tokens (
  hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  expires INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS oauth_access_tokens (
  hash TEXT PRIMARY KEY,
  grant_id TEXT NOT NULL,
  scopes TEXT NOT NULL,
  expires INTEGER NOT NULL
);
-- Clients that registered themselves, and copies of metadata documents.
CREATE TABLE IF NOT EXISTS oauth_clients (
  id TEXT PRIMARY KEY,
  client TEXT NOT NULL,
  registered INTEGER NOT NULL,
  last_used INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS oauth_clients_used ON oauth_clients (last_used);
CREATE TABLE IF NOT EXISTS oauth_documents (
  url TEXT PRIMARY KEY,
  copy TEXT NOT NULL,
  next INTEGER NOT NULL
);
-- What this deployment made up for itself: the key that seals consent forms.
CREATE TABLE IF NOT EXISTS oauth_secrets (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
