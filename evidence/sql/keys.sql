-- An Idempotency-Key in one round trip: held until the transaction ends (a second call does not wait), and what is stored under it. Two
-- statements in this order, so that whoever gets the key sees what its last holder committed.
CREATE OR REPLACE FUNCTION evidence_hold_key(digest bigint, actor text, key text,
    OUT held boolean, OUT fingerprint text, OUT status int, OUT body bytea) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    held := pg_try_advisory_xact_lock($1);
    IF held THEN
        SELECT c.fingerprint, c.status, c.body INTO fingerprint, status, body FROM evidence_command c WHERE c.actor = $2 AND c.key = $3;
    END IF;
END $$;
