-- The same as in PostgreSQL.
ALTER TABLE users ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sessions (
    id         BLOB    PRIMARY KEY,
    generation INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    renewed_at TEXT    NOT NULL,
    ends_at    TEXT    NOT NULL
) STRICT;
CREATE INDEX sessions_by_end ON sessions (ends_at);
