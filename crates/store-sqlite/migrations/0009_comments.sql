-- `at` is null until it was told that the comment was written: until then the row is no comment.
CREATE TABLE lk_comment (
    n       INTEGER PRIMARY KEY,
    owner   TEXT    NOT NULL,
    account TEXT    NOT NULL,
    road    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    at      INTEGER,
    content INTEGER NOT NULL
);
CREATE UNIQUE INDEX lk_comment_key ON lk_comment (owner, account, road, id);
CREATE INDEX lk_comment_newest ON lk_comment (owner, at, account, road, id) WHERE at IS NOT NULL;

-- What the platform lets an account do. Nobody's words stand here, so it needs no slot that can be wiped.
CREATE TABLE lk_account_state (
    owner   TEXT NOT NULL,
    account TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (owner, account)
) WITHOUT ROWID;
