-- Whoever holds a backfill has its latest ticket. Readings of an earlier round than `since_round` do not count.
ALTER TABLE lk_backfill ADD COLUMN ticket INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lk_backfill ADD COLUMN since_round INTEGER NOT NULL DEFAULT 0;

-- How far each conversation of a backfill was read. A rank only has who waits to be read further: the newest first.
CREATE TABLE lk_backfill_reading (
    owner    TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    road     TEXT    NOT NULL,
    peer     TEXT    NOT NULL,
    round    INTEGER NOT NULL,
    rank     INTEGER,
    given_up INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    expected INTEGER,
    body     TEXT    NOT NULL,
    PRIMARY KEY (owner, account, road, peer)
) WITHOUT ROWID;
CREATE INDEX lk_backfill_reading_rank ON lk_backfill_reading (owner, account, road, rank) WHERE rank IS NOT NULL;
