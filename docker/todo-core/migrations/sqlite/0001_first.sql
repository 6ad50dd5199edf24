-- The same tables as in PostgreSQL; ids are 16-byte blobs, times are text in UTC.
CREATE TABLE users (
    id            BLOB PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at    TEXT NOT NULL
) STRICT;

CREATE TABLE tasks (
    id         BLOB    PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT    NOT NULL,
    title_key  TEXT    NOT NULL,
    notes      TEXT    NOT NULL,
    notes_key  TEXT    NOT NULL,
    due        TEXT,
    priority   INTEGER NOT NULL,
    tags       TEXT    NOT NULL,
    done       INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    updated_at TEXT    NOT NULL
) STRICT;
CREATE INDEX tasks_of_user ON tasks (user_id, id);

CREATE TABLE conversations (
    id         BLOB PRIMARY KEY,
    user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX conversations_of_user ON conversations (user_id, updated_at);

CREATE TABLE messages (
    id              BLOB PRIMARY KEY,
    conversation_id BLOB NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    role            TEXT NOT NULL,
    content         TEXT NOT NULL,
    brain           TEXT,
    tool_calls      TEXT NOT NULL,
    created_at      TEXT NOT NULL
) STRICT;
CREATE INDEX messages_of_conversation ON messages (conversation_id, id);
