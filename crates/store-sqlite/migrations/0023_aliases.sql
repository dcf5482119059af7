-- Which rows only say where their message is kept, so that what was noticed of it by another road's id goes with it.
CREATE TABLE lk_alias (
    owner     TEXT NOT NULL,
    account   TEXT NOT NULL,
    road      TEXT NOT NULL,
    mid       TEXT NOT NULL,
    kept_road TEXT NOT NULL,
    kept_mid  TEXT NOT NULL,
    PRIMARY KEY (owner, account, road, mid)
) WITHOUT ROWID;
CREATE INDEX lk_alias_kept ON lk_alias (owner, account, kept_road, kept_mid);
INSERT INTO lk_alias (owner, account, road, mid, kept_road, kept_mid)
    SELECT m.owner, m.account, m.road, m.mid, b.body ->> '$.same_as.road', b.body ->> '$.same_as.id'
    FROM lk_message AS m JOIN lk_content AS b ON b.n = m.content WHERE m.peer IS NULL
    AND CASE WHEN instr(b.body, '"same_as"') AND json_valid(b.body)
        THEN b.body ->> '$.same_as.road' IS NOT NULL AND b.body ->> '$.same_as.id' IS NOT NULL ELSE 0 END;

-- What was noticed of messages that were taken back before it was known of which message it is.
CREATE TABLE lk_gone AS SELECT n.n, n.content FROM lk_notice AS n
    LEFT JOIN lk_alias AS a ON a.owner = n.owner AND a.account = n.account AND a.road = n.road AND a.mid = n.mid
    JOIN lk_message AS m ON m.owner = n.owner AND m.account = n.account
    AND m.road = coalesce(a.kept_road, n.road) AND m.mid = coalesce(a.kept_mid, n.mid)
    WHERE n.mid IS NOT NULL AND m.unsent = 1;
UPDATE lk_content SET used = 0, body = printf('%*s', size, '') WHERE n IN (SELECT content FROM lk_gone);
DELETE FROM lk_notice WHERE n IN (SELECT n FROM lk_gone);
DROP TABLE lk_gone;
