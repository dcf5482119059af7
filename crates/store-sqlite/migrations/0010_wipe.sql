-- A message that was taken back is looked for among what is settled or poisoned of its lane.
CREATE INDEX lk_journal_lane ON lk_journal (peer) WHERE state <> 0;
