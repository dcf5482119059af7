-- Who heads a conversation, what may leave of an account, and what is still open, each read from an index alone.
DROP INDEX lk_intent_ahead;
CREATE INDEX lk_intent_ahead ON lk_intent (owner, account, peer, created_at, id) WHERE state IN ('queued', 'sending');
DROP INDEX lk_intent_line;
CREATE INDEX lk_intent_line ON lk_intent (owner, account, kind, priority, created_at, id, available_at) WHERE state = 'queued';
CREATE INDEX lk_intent_open ON lk_intent (owner, created_at, id) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX lk_intent_open_talk ON lk_intent (owner, account, peer, created_at, id) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX lk_intent_doubt ON lk_intent (owner, account, peer, created_at, id) WHERE state = 'unknown';
CREATE INDEX lk_intent_due ON lk_intent (owner, account, kind, available_at, priority) WHERE state = 'queued';
