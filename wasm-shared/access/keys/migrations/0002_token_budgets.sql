-- Tokens of language models that a key may spend on a UTC day; null where the deployment's budget holds.
ALTER TABLE api_keys ADD COLUMN tokens_per_day INTEGER;
