-- The same table as in PostgreSQL.
CREATE TABLE revoked_sessions (
    id      BLOB PRIMARY KEY,
    ends_at TEXT NOT NULL
) STRICT;
CREATE INDEX revoked_sessions_by_end ON revoked_sessions (ends_at);
