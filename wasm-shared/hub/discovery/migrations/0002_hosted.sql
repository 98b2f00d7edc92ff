-- Where deployments of this service answer. `owner` is whose server it is; null for one that the operator described, which is for
-- everybody. A name that somebody has is not given to another.
CREATE TABLE mcp_hosted (
    server TEXT PRIMARY KEY,
    owner TEXT,
    url TEXT NOT NULL
);
