-- What was agreed to, confirmation and change by change. Rows are added and go with their owner; none is ever changed.
CREATE TABLE lk_consent (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    owner    TEXT    NOT NULL,
    link     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    accounts TEXT    NOT NULL,
    body     TEXT    NOT NULL
);
CREATE INDEX lk_consent_link ON lk_consent (owner, link, n);
CREATE TRIGGER lk_consent_stays BEFORE UPDATE ON lk_consent BEGIN
    SELECT RAISE(ABORT, 'what was agreed to is not changed');
END;
INSERT INTO lk_consent (owner, link, at, accounts, body)
    SELECT owner, id, confirmed_at, accounts, body -> '$.consent' FROM lk_link ORDER BY confirmed_at;

-- `persons` lists, as road:person, whose consent at the platform a setup rests on, or still holds after it was given up.
ALTER TABLE lk_setup ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lk_setup ADD COLUMN persons TEXT NOT NULL DEFAULT '[]';
UPDATE lk_setup SET touched_at = CAST(strftime('%s', body ->> '$.touched_at') AS INTEGER) * 1000000000;
UPDATE lk_setup SET persons = json_array('facebook:' || (body ->> '$.person'))
    WHERE body ->> '$.person' IS NOT NULL AND body ->> '$.stage' <> 'confirmed';
CREATE INDEX lk_setup_idle ON lk_setup (touched_at) WHERE open;
CREATE INDEX lk_setup_holding ON lk_setup (touched_at) WHERE NOT open AND persons <> '[]';

CREATE INDEX lk_connection_person ON lk_connection (road, body ->> '$.person');
