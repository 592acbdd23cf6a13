-- The rooms of the database. Tables of records are derived from their declarations and follow these migrations.
CREATE SCHEMA IF NOT EXISTS market;
CREATE SCHEMA IF NOT EXISTS trades;
CREATE SCHEMA IF NOT EXISTS accounts;

-- One row a connection: whoever changes anything of it locks this row first.
CREATE TABLE sync.leases (
    connection_id BIGINT PRIMARY KEY,
    provider TEXT NOT NULL,
    owner TEXT,
    -- When it may be claimed; empty while nothing of it is due.
    due_at TIMESTAMPTZ,
    -- The program that has it, and until when.
    worker BIGINT,
    live_until TIMESTAMPTZ,
    state JSON NOT NULL
);
CREATE INDEX leases_due ON sync.leases (due_at);
CREATE INDEX leases_live ON sync.leases (worker) WHERE worker IS NOT NULL;

-- Numbers that are given out once.
CREATE TABLE sync.counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO sync.counters VALUES ('connection', 0), ('run', 0), ('request', 0), ('cursor', 0), ('worker', 0);

CREATE TABLE IF NOT EXISTS sync.run_events (
    cursor BIGINT NOT NULL, run_id BIGINT NOT NULL, connection_id BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL, body JSON NOT NULL
);
CREATE INDEX run_events_cursor ON sync.run_events (cursor);
CREATE INDEX run_events_run ON sync.run_events (run_id, cursor);

-- Sealed credentials, where no role for queries may look.
CREATE SCHEMA IF NOT EXISTS foliosync_secrets;
REVOKE ALL ON SCHEMA foliosync_secrets FROM PUBLIC;
CREATE TABLE foliosync_secrets.credentials (
    connection_id BIGINT NOT NULL, name TEXT NOT NULL, sealed JSON NOT NULL, PRIMARY KEY (connection_id, name)
);
