-- version counts a task's changes; the other keys hold text in lower case, as title_key does
-- for tasks. What was written before is folded by the database.
ALTER TABLE tasks ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE conversations ADD COLUMN title_key TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN content_key TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE conversations SET title_key = lower(title);
UPDATE messages SET content_key = lower(content);
