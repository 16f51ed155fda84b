-- Tells an organisation something, with the next number of its own gapless series. The advisory lock is taken per organisation
-- and held to the end of the transaction; a caller that tells several organisations does so in the order of their keys.
CREATE OR REPLACE FUNCTION participants_notify(
    organization bigint, code text, kind text, tone text, text_zh text, text_en text, subject text, href text, due_at timestamptz, at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('participants_notice:' || organization, 0));
    SELECT coalesce(max(n.seq), 0) + 1 INTO number FROM participants_notice n WHERE n.organization_id = participants_notify.organization;
    INSERT INTO participants_notice (code, seq, organization_id, kind, tone, text_zh, text_en, subject, href, due_at, at)
    VALUES (code, number, organization, kind, tone, text_zh, text_en, subject, href, due_at, at);
    RETURN number;
END $$;
