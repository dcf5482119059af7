-- What was acknowledged and is not yet applied. AUTOINCREMENT, because a number that came back after a purge would let a late
-- settlement of the purged envelope close somebody else's.
CREATE TABLE lk_journal (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    owner       TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    peer        INTEGER,
    received_at INTEGER NOT NULL,
    state       INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    free_at     INTEGER NOT NULL DEFAULT 0,
    settled_at  INTEGER,
    item        BLOB    NOT NULL
);
CREATE INDEX lk_journal_open ON lk_journal (state) WHERE state = 0;
CREATE INDEX lk_journal_poisoned ON lk_journal (state) WHERE state = 2;

-- Deliveries that were signed rightly and are none.
CREATE TABLE lk_quarantine (
    id          INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    road        TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    body        BLOB    NOT NULL
);

CREATE TABLE lk_feed (
    pos     INTEGER PRIMARY KEY AUTOINCREMENT,
    owner   TEXT    NOT NULL,
    account TEXT,
    at      INTEGER NOT NULL,
    what    TEXT    NOT NULL
);
CREATE TABLE lk_feed_reader (
    reader TEXT    PRIMARY KEY,
    pos    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE lk_activity (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT    NOT NULL,
    at    INTEGER NOT NULL,
    body  TEXT    NOT NULL
);
CREATE INDEX lk_activity_owner ON lk_activity (owner, at, id);

CREATE TABLE lk_credential (
    owner  TEXT NOT NULL,
    road   TEXT NOT NULL,
    holder TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (owner, road, holder)
) WITHOUT ROWID;

CREATE TABLE lk_sign_in (
    state      TEXT    PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    body       TEXT    NOT NULL
) WITHOUT ROWID;

CREATE TABLE lk_setup (
    owner    TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    open     INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    accounts TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (owner, id)
) WITHOUT ROWID;

CREATE TABLE lk_link (
    owner        TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    confirmed_at INTEGER NOT NULL,
    accounts     TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (owner, id)
) WITHOUT ROWID;

-- `tries` is null once the account is subscribed.
CREATE TABLE lk_connection (
    owner        TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    road         TEXT    NOT NULL,
    link         TEXT    NOT NULL,
    part         TEXT    NOT NULL,
    tries        INTEGER,
    confirmed_at INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (owner, account, road)
) WITHOUT ROWID;
CREATE INDEX lk_connection_receiver ON lk_connection (account, part);
CREATE INDEX lk_connection_wanted ON lk_connection (tries, confirmed_at) WHERE tries IS NOT NULL;
