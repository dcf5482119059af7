-- What is compared with the platform's memory, one row for each connection. `waits_until` is null once it waits no more.
CREATE TABLE lk_reconcile (
    owner       TEXT NOT NULL,
    account     TEXT NOT NULL,
    road        TEXT NOT NULL,
    waits_until INTEGER,
    held_until  INTEGER,
    body        TEXT NOT NULL,
    PRIMARY KEY (owner, account, road)
) WITHOUT ROWID;
CREATE INDEX lk_reconcile_due ON lk_reconcile (waits_until) WHERE waits_until IS NOT NULL;

-- That the program lives, and since when without a break. One row.
CREATE TABLE lk_alive (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    since INTEGER NOT NULL,
    at    INTEGER NOT NULL
);
