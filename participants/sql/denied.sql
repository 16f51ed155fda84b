-- Denied attempts (I28): numbers without a gap are given under one lock; nothing is changed, and nothing goes before its 184 days.
CREATE OR REPLACE FUNCTION participants_note_denied(who bigint, party bigint, act text, code text, subject text, place text, at timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('participants_deniedattempt'));
    SELECT coalesce(max(d.seq), 0) + 1 INTO number FROM participants_deniedattempt d;
    INSERT INTO participants_deniedattempt (seq, user_id, organization_id, act, code, subject, place, at)
    VALUES (number, $1, $2, left($3, 80), left($4, 80), left($5, 24), left($6, 120), $7);
    RETURN number;
END $$;

CREATE OR REPLACE FUNCTION participants_denied_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'denied attempt %: it stands as it was', OLD.seq USING ERRCODE = 'restrict_violation';
    ELSIF OLD.at > (SELECT market_now()) - interval '184 days' THEN
        RAISE EXCEPTION 'denied attempt %: kept for 184 days', OLD.seq USING ERRCODE = 'restrict_violation';
    ELSIF OLD.seq = (SELECT max(d.seq) FROM participants_deniedattempt d) THEN
        RAISE EXCEPTION 'denied attempt %: the last one stays, the next number follows it', OLD.seq USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER participants_denied_stands BEFORE UPDATE OR DELETE ON participants_deniedattempt
    FOR EACH ROW EXECUTE FUNCTION participants_denied_stands();
