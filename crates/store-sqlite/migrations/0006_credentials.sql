-- When somebody is to look at a token; null for at once, as for every token that an older program kept.
ALTER TABLE lk_credential ADD COLUMN due_at INTEGER;
CREATE INDEX lk_credential_due ON lk_credential (due_at);
CREATE INDEX lk_credential_holder ON lk_credential (road, holder);

-- Plans of unlinking. `due_at` is null once all of its steps are over.
CREATE TABLE lk_unlink (
    owner    TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    begun_at INTEGER NOT NULL,
    due_at   INTEGER,
    accounts TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (owner, id)
) WITHOUT ROWID;
CREATE INDEX lk_unlink_due ON lk_unlink (due_at) WHERE due_at IS NOT NULL;
