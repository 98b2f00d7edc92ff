-- Consents that wait for a person who signs in at a login provider, under the hash of the login's state.
CREATE TABLE IF NOT EXISTS oauth_logins (
  hash TEXT PRIMARY KEY,
  login TEXT NOT NULL,
  expires INTEGER NOT NULL
);
