-- What is known of sessions beyond their tokens: how often one was renewed, and that it outlived a change of the password.
-- A session without a row is as its first token says. A user's epoch counts how often all of their sessions were ended.
ALTER TABLE users ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sessions (
    id         UUID PRIMARY KEY,
    generation INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    renewed_at TIMESTAMPTZ NOT NULL,
    ends_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_by_end ON sessions (ends_at);
