-- A seal continues the one before it and covers positions without a gap (I24).
CREATE OR REPLACE FUNCTION evidence_seal_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last evidence_seal%ROWTYPE;
    covered bigint;
BEGIN
    SELECT * INTO last FROM evidence_seal ORDER BY size DESC LIMIT 1;
    IF NEW.previous_root IS DISTINCT FROM COALESCE(last.root, ''::bytea) THEN
        RAISE EXCEPTION 'a seal names the root before it' USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*) INTO covered FROM evidence_entry WHERE position >= COALESCE(last.size, 0) AND position < NEW.size;
    IF NEW.size <= COALESCE(last.size, 0) OR covered <> NEW.size - COALESCE(last.size, 0) THEN
        RAISE EXCEPTION 'a seal covers every position up to its size' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
