-- The message that a notice is about, where it names one, so that it goes when that is taken back.
ALTER TABLE lk_notice ADD COLUMN road TEXT;
ALTER TABLE lk_notice ADD COLUMN mid TEXT;
UPDATE lk_notice SET road = b.body ->> '$.road', mid = coalesce(b.body ->> '$.raw.message.id', b.body ->> '$.raw.message.mid',
    b.body ->> '$.raw.accepted.content.id', b.body ->> '$.raw.postback.message', b.body ->> '$.raw.id')
    FROM lk_content AS b WHERE b.n = lk_notice.content
    AND CASE WHEN json_valid(b.body) THEN b.body ->> '$.kind' IN ('message', 'accepted', 'postback', 'unknown') ELSE 0 END;
CREATE INDEX lk_notice_message ON lk_notice (owner, account, road, mid) WHERE mid IS NOT NULL;
