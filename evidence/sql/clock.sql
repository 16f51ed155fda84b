-- The market's present instant. It reads clock_timestamp(), so a statement that waited for a lock sees the time after the wait.
-- In a WHERE clause write (SELECT market_now()): asked once, and the index on the deadline can be used.
-- PL/pgSQL, as every function of a hot act: its plan is kept for the session, a LANGUAGE sql body that cannot be inlined is
-- planned anew for each statement (before PostgreSQL 18).
CREATE OR REPLACE FUNCTION market_now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT anchor_market + (clock_timestamp() - anchor_wall) * rate FROM evidence_marketclock WHERE id = 1);
END $$;

-- The clock never goes back behind a recorded fact (what was missed while the house was closed may be lived afterwards), and in
-- production it is not moved at all.
CREATE OR REPLACE FUNCTION evidence_clock_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wall timestamptz := clock_timestamp();
    latest timestamptz := (SELECT max(at) FROM evidence_record);
    coming timestamptz := NEW.anchor_market + (wall - NEW.anchor_wall) * NEW.rate;
BEGIN
    IF OLD.profile = 'production' OR NEW.profile <> OLD.profile THEN
        RAISE EXCEPTION 'the market clock of a % installation is not moved', OLD.profile USING ERRCODE = 'restrict_violation';
    END IF;
    IF latest IS NOT NULL AND coming < latest THEN
        RAISE EXCEPTION 'the market clock never goes back (% < %)', coming, latest USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
