-- Acts, chained for each owner. What was recorded before stays in lk_activity and is listed after them; the numbers go on from there, so
-- that no two acts have one. Digests are hex.
CREATE TABLE lk_act (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    owner    TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    act      TEXT    NOT NULL,
    target   TEXT,
    side     TEXT    NOT NULL,
    previous TEXT    NOT NULL,
    digest   TEXT    NOT NULL,
    UNIQUE (owner, seq)
);
CREATE INDEX lk_act_newest ON lk_act (owner, at, id);
CREATE INDEX lk_act_kind ON lk_act (owner, kind, at, id);
INSERT INTO sqlite_sequence (name, seq) SELECT 'lk_act', coalesce(max(id), 0) FROM lk_activity;

-- What acts tell of people, each under the salt without which its digest in lk_act tells nothing. Erasing deletes rows of this one only.
CREATE TABLE lk_act_side (
    owner   TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    subject TEXT,
    body    TEXT    NOT NULL,
    PRIMARY KEY (owner, seq)
) WITHOUT ROWID;
CREATE INDEX lk_act_side_subject ON lk_act_side (owner, subject) WHERE subject IS NOT NULL;

-- Where each owner's chain ends; apart from it, so that a cut tail shows.
CREATE TABLE lk_act_head (
    owner  TEXT    PRIMARY KEY,
    seq    INTEGER NOT NULL,
    digest TEXT    NOT NULL
) WITHOUT ROWID;
