-- Files that the platform keeps for an account, until when, and what they are known by.
CREATE TABLE lk_upload (
    owner   TEXT    NOT NULL,
    account TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    road    TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    digest  BLOB    NOT NULL,
    until   INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (owner, account, id)
) WITHOUT ROWID;

CREATE INDEX lk_upload_digest ON lk_upload (owner, account, digest, until);

-- Forms of message that the platform refused to a single account, and until when that is believed.
CREATE TABLE lk_lacking (
    owner   TEXT    NOT NULL,
    account TEXT    NOT NULL,
    road    TEXT    NOT NULL,
    form    TEXT    NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (owner, account, road, form)
) WITHOUT ROWID;
