-- Servers that the operator described with PUT /api/admin/mcp-servers/{name}.
CREATE TABLE mcp_servers (
    name TEXT PRIMARY KEY,
    definition TEXT NOT NULL,
    changed INTEGER NOT NULL
);
-- Where servers say that they are. Times are milliseconds of Unix time.
CREATE TABLE mcp_heartbeats (
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    version TEXT NOT NULL,
    signed INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (name, url)
);
-- Who has connected which server, and what was agreed with it.
CREATE TABLE mcp_connections (
    owner TEXT NOT NULL,
    server TEXT NOT NULL,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    session TEXT NOT NULL,
    offers TEXT NOT NULL,
    connected INTEGER NOT NULL,
    PRIMARY KEY (owner, server)
);
-- The tools of connected servers: what was pinned, what is held back, and what is listed.
CREATE TABLE mcp_tools (
    owner TEXT NOT NULL,
    server TEXT NOT NULL,
    name TEXT NOT NULL,
    exposed TEXT NOT NULL,
    tool TEXT,
    held TEXT,
    shown TEXT,
    PRIMARY KEY (owner, exposed)
);
CREATE INDEX mcp_tools_of_server ON mcp_tools (owner, server);
-- How servers have answered lately, whoever asked.
CREATE TABLE mcp_health (
    server TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    open_until INTEGER NOT NULL,
    last_success INTEGER,
    last_error TEXT,
    latency_ms INTEGER,
    checked INTEGER NOT NULL,
    probe TEXT
);
CREATE TABLE mcp_checks (
    server TEXT NOT NULL,
    at INTEGER NOT NULL,
    ok INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    detail TEXT
);
CREATE INDEX mcp_checks_of_server ON mcp_checks (server, at);
CREATE TABLE mcp_counters (
    name TEXT NOT NULL,
    server TEXT NOT NULL,
    outcome TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name, server, outcome)
);
-- Who is starting a server. The number grows with every lease, so that whoever lost one can be told from whoever has it.
CREATE TABLE mcp_leases (
    server TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    until INTEGER NOT NULL
);
