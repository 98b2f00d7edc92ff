-- Agents and documents of the layers that are stored: `user` (an owner's own), `project` (the operator's), `registry` (the operator's,
-- behind the bundled ones; its texts are in the archive). Times are milliseconds of Unix time.
CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    layer TEXT NOT NULL,
    owner TEXT NOT NULL,
    text TEXT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    category TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (kind, id, layer, owner)
);
-- Agents that owners have loaded, as they were defined then.
CREATE TABLE agent_loads (
    owner TEXT NOT NULL,
    agent TEXT NOT NULL,
    layer TEXT NOT NULL,
    family TEXT NOT NULL,
    memory INTEGER NOT NULL,
    definition TEXT NOT NULL,
    loaded INTEGER NOT NULL,
    PRIMARY KEY (owner, agent)
);
