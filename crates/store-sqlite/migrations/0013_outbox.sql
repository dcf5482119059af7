-- `priority` is that of the first that waits behind it, its own included; 0 goes first. `kind` is what sending it is counted as. `look_at` is
-- when the history is next looked through for it, while nobody knows what became of it. `by_history` is 1 for what the history settled.
ALTER TABLE lk_intent ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lk_intent ADD COLUMN kind TEXT NOT NULL DEFAULT 'send';
ALTER TABLE lk_intent ADD COLUMN look_at INTEGER;
ALTER TABLE lk_intent ADD COLUMN by_history INTEGER NOT NULL DEFAULT 0;
UPDATE lk_intent SET kind = 'media' WHERE state = 'queued' AND (SELECT b.body ->> '$.outgoing.body.attachment.kind' FROM lk_content AS b
    WHERE b.n = lk_intent.content) IN ('audio', 'video');
UPDATE lk_intent SET look_at = available_at WHERE state = 'unknown';
DROP INDEX lk_intent_queued;
CREATE INDEX lk_intent_line ON lk_intent (owner, account, priority, created_at, id) WHERE state = 'queued';
CREATE INDEX lk_intent_counted ON lk_intent (account, kind, priority) WHERE state = 'queued';
CREATE INDEX lk_intent_look ON lk_intent (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX lk_intent_settled ON lk_intent (owner, account, peer, created_at, id) WHERE by_history = 1;

-- The owners' accounts for which something may wait, and when each was last served; null is never.
CREATE TABLE lk_turn (
    owner   TEXT NOT NULL,
    account TEXT NOT NULL,
    served  INTEGER,
    PRIMARY KEY (owner, account)
) WITHOUT ROWID;
INSERT INTO lk_turn (owner, account) SELECT DISTINCT owner, account FROM lk_intent WHERE state = 'queued';

-- Calls that the platform throttles, and until when. An empty kind is every kind.
CREATE TABLE lk_pause (
    scope TEXT    NOT NULL,
    kind  TEXT    NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (scope, kind)
) WITHOUT ROWID;
