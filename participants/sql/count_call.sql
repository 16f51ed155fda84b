-- Counts calls in a window when Redis cannot: one row per caller and window, one statement, exact under concurrency.
CREATE UNLOGGED TABLE IF NOT EXISTS participants_callcount (name text PRIMARY KEY, seconds integer NOT NULL, number bigint NOT NULL, calls integer NOT NULL);
CREATE OR REPLACE FUNCTION participants_count_call(called text, seconds integer, number bigint) RETURNS integer LANGUAGE sql AS $$
    INSERT INTO participants_callcount AS c (name, seconds, number, calls) VALUES (called, seconds, number, 1)
    ON CONFLICT (name) DO UPDATE SET calls = c.calls + 1 RETURNING calls;
$$;
-- Windows that are over: all but the newest two of each length.
CREATE OR REPLACE FUNCTION participants_forget_calls() RETURNS void LANGUAGE sql AS $$
    DELETE FROM participants_callcount c
    WHERE c.number < (SELECT max(n.number) - 1 FROM participants_callcount n WHERE n.seconds = c.seconds);
$$;
