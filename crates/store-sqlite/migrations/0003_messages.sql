-- What people wrote. A row is appended, and then only overwritten by as many bytes; `used` is 0 or 1, which take no bytes of their own.
CREATE TABLE lk_content (
    n    INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    used INTEGER NOT NULL,
    body TEXT    NOT NULL
);
CREATE INDEX lk_content_blank ON lk_content (size) WHERE used = 0;

-- `peer`, `outbound` and `at` are null until all three are known: until then the row is no message.
CREATE TABLE lk_message (
    n        INTEGER PRIMARY KEY,
    owner    TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    road     TEXT    NOT NULL,
    mid      TEXT    NOT NULL,
    peer     TEXT,
    outbound INTEGER,
    at       INTEGER,
    unsent   INTEGER NOT NULL,
    content  INTEGER NOT NULL
);
CREATE UNIQUE INDEX lk_message_key ON lk_message (owner, account, road, mid);
CREATE INDEX lk_message_talk ON lk_message (owner, account, peer, at, outbound, unsent) WHERE peer IS NOT NULL;

-- `last_activity` is null until something was written in it: until then the row is not shown.
CREATE TABLE lk_conversation (
    n             INTEGER PRIMARY KEY,
    owner         TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    peer          TEXT    NOT NULL,
    last_activity INTEGER,
    unread_since  INTEGER,
    content       INTEGER NOT NULL
);
CREATE UNIQUE INDEX lk_conversation_key ON lk_conversation (owner, account, peer);
CREATE INDEX lk_conversation_newest ON lk_conversation (owner, last_activity, account, peer) WHERE last_activity IS NOT NULL;

CREATE TABLE lk_notice (
    n       INTEGER PRIMARY KEY,
    owner   TEXT    NOT NULL,
    account TEXT    NOT NULL,
    digest  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    content INTEGER NOT NULL
);
CREATE UNIQUE INDEX lk_notice_key ON lk_notice (owner, account, digest);
CREATE INDEX lk_notice_newest ON lk_notice (owner, at, digest, account);

-- `until` is the end of the lease while it is being sent.
CREATE TABLE lk_intent (
    n            INTEGER PRIMARY KEY,
    owner        TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    peer         TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    available_at INTEGER NOT NULL,
    until        INTEGER,
    content      INTEGER NOT NULL
);
CREATE UNIQUE INDEX lk_intent_id ON lk_intent (owner, id);
CREATE UNIQUE INDEX lk_intent_key ON lk_intent (owner, key);
CREATE INDEX lk_intent_oldest ON lk_intent (owner, created_at, id);
CREATE INDEX lk_intent_talk ON lk_intent (owner, account, peer, created_at, id);
CREATE INDEX lk_intent_queued ON lk_intent (created_at, id) WHERE state = 'queued';
CREATE INDEX lk_intent_sending ON lk_intent (until) WHERE state = 'sending';
CREATE INDEX lk_intent_ahead ON lk_intent (owner, account, peer) WHERE state IN ('queued', 'sending');

-- `waits_until` is null once it waits no more.
CREATE TABLE lk_backfill (
    owner       TEXT NOT NULL,
    account     TEXT NOT NULL,
    road        TEXT NOT NULL,
    waits_until INTEGER,
    held_until  INTEGER,
    body        TEXT NOT NULL,
    PRIMARY KEY (owner, account, road)
) WITHOUT ROWID;
CREATE INDEX lk_backfill_due ON lk_backfill (waits_until) WHERE waits_until IS NOT NULL;
