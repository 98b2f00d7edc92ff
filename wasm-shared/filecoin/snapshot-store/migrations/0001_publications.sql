-- Every publication of a snapshot. The one with the greatest `seq` is current: this table is the truth, the cache's
-- `snapshot/current` and the archive follow it.
CREATE TABLE IF NOT EXISTS publications (
  -- Names the stored bytes, in the cache and in the archive: the snapshot's id and something random. No other publication
  -- has the same, so bytes that are being removed are never those of another one.
  copy TEXT PRIMARY KEY,
  -- The snapshot's date and the checksum of its figures.
  id TEXT NOT NULL,
  date TEXT NOT NULL,
  source TEXT NOT NULL,
  -- `pending` until it is published; `discarded` from when its bytes may be removed until they are.
  state TEXT NOT NULL,
  -- Its place in the order of publications; NULL while it is pending.
  seq INTEGER UNIQUE,
  -- When it began, and from when it is published that; milliseconds since 1970.
  at INTEGER NOT NULL,
  -- 1 while the cache may hold its bytes.
  cached INTEGER NOT NULL DEFAULT 1,
  -- 1 where no refresh may replace it.
  pinned INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX IF NOT EXISTS publications_by_date ON publications (date, seq);
