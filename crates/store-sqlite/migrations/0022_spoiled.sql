-- 1 if a message that an open envelope speaks of was taken back while somebody had it: it is blanked as soon as it is settled.
ALTER TABLE lk_journal ADD COLUMN spoiled INTEGER NOT NULL DEFAULT 0;
