-- What stands in the way of an owner's accounts. An empty account stands for what concerns no single one.
CREATE TABLE lk_finding (
    owner   TEXT NOT NULL,
    code    TEXT NOT NULL,
    account TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (owner, code, account)
) WITHOUT ROWID;

-- When an account was last heard of, by webhook field.
CREATE TABLE lk_heard (
    owner       TEXT    NOT NULL,
    account     TEXT    NOT NULL,
    field       TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (owner, account, field)
) WITHOUT ROWID;

-- Deliveries that were turned away for their signature, by the hour.
CREATE TABLE lk_turned_away (
    hour    INTEGER PRIMARY KEY,
    count   INTEGER NOT NULL,
    last_at INTEGER NOT NULL
);
