-- The same entry is kept once, so that an append whose answer was lost may be repeated.
CREATE TABLE lk_ledger (
    n      INTEGER PRIMARY KEY,
    owner  TEXT    NOT NULL,
    person TEXT    NOT NULL,
    road   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    body   TEXT    NOT NULL
);
CREATE UNIQUE INDEX lk_ledger_entry ON lk_ledger (owner, person, road, at, body);
