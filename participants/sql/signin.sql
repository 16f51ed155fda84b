-- Counts tries to sign in, before the password is looked at: one statement, exact under concurrency (T46). A name is a hash of user
-- name and address (or of the address alone), so no name stands here. Tries beyond the limit do not prolong the lock.
CREATE TABLE IF NOT EXISTS participants_signintry (name text PRIMARY KEY, tries integer NOT NULL, until timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION participants_count_try(called text, most integer, seconds integer, wall timestamptz, OUT counted integer, OUT ends timestamptz)
LANGUAGE sql AS $$
    INSERT INTO participants_signintry AS t (name, tries, until) VALUES (called, 1, wall + make_interval(secs => seconds))
    ON CONFLICT (name) DO UPDATE SET
        tries = CASE WHEN t.until <= wall THEN 1 ELSE t.tries + 1 END,
        until = CASE WHEN t.until <= wall OR t.tries < most THEN wall + make_interval(secs => seconds) ELSE t.until END
    RETURNING tries, until;
$$;
-- A try that was right after all: the name's count begins anew, the address gets its one try back.
CREATE OR REPLACE FUNCTION participants_forgive_try(called text, address text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM participants_signintry WHERE name = called;
    UPDATE participants_signintry SET tries = greatest(tries - 1, 0) WHERE name = address;
$$;
CREATE OR REPLACE FUNCTION participants_forget_tries(wall timestamptz) RETURNS void LANGUAGE sql AS $$
    DELETE FROM participants_signintry WHERE until < wall;
$$;
