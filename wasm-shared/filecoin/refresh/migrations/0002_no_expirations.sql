-- The table of expirations is fetched whole by each refresh, so its rows are not kept any more.
DELETE FROM daily_statistics WHERE statistic = 'expirations';
