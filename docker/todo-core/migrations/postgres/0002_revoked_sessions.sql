-- Sessions that were logged out before their tokens end, until they would have ended anyway.
CREATE TABLE revoked_sessions (
    id      UUID PRIMARY KEY,
    ends_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX revoked_sessions_by_end ON revoked_sessions (ends_at);
