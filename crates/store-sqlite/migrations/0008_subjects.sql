-- Whose a finding is, besides its account: the word of its kind, the road and the person where it has them. What was found before was
-- written down without, and stays so until an examination recognises it.
ALTER TABLE lk_finding RENAME TO lk_finding_untold;

CREATE TABLE lk_finding (
    owner   TEXT NOT NULL,
    code    TEXT NOT NULL,
    account TEXT NOT NULL,
    subject TEXT NOT NULL,
    road    TEXT NOT NULL,
    person  TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (owner, code, account, subject, road, person)
) WITHOUT ROWID;

INSERT INTO lk_finding (owner, code, account, subject, road, person, body)
SELECT owner, code, account, 'untold', '', '', body FROM lk_finding_untold;

DROP TABLE lk_finding_untold;
