-- Raw daily figures as the source gave them: one row a day and statistic. The figures are a JSON list, in the order of
-- `network_data::spacescope::Statistic::fields`; `fetched` is the refresh that brought them, milliseconds since 1970.
CREATE TABLE IF NOT EXISTS daily_statistics (
  statistic TEXT NOT NULL,
  day TEXT NOT NULL,
  figures TEXT NOT NULL,
  fetched INTEGER NOT NULL,
  PRIMARY KEY (statistic, day)
) WITHOUT ROWID;

-- Who refreshes at present: one row while somebody does. After `expires` anybody may take over.
CREATE TABLE IF NOT EXISTS refresh_lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  since INTEGER NOT NULL,
  expires INTEGER NOT NULL
);

-- `refetch`: rows that were fetched before this time (milliseconds since 1970) are to be fetched again.
CREATE TABLE IF NOT EXISTS refresh_state (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
);
