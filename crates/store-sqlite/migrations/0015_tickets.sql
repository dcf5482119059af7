-- Whoever holds a comparing has its latest ticket.
ALTER TABLE lk_reconcile ADD COLUMN ticket INTEGER NOT NULL DEFAULT 0;

-- When something first and last came that could not be kept, and that was not looked for yet.
ALTER TABLE lk_alive ADD COLUMN not_kept_first INTEGER;
ALTER TABLE lk_alive ADD COLUMN not_kept_last INTEGER;
