-- Counts calls in a window when Redis cannot: one row per caller and window, one statement, exact under concurrency.
CREATE UNLOGGED TABLE IF NOT EXISTS participants_callcount (name text PRIMARY KEY, calls integer NOT NULL, ends_at timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION participants_count_call(called text, seconds integer) RETURNS integer LANGUAGE sql AS $$
    INSERT INTO participants_callcount AS c (name, calls, ends_at) VALUES (called, 1, clock_timestamp() + make_interval(secs => seconds))
    ON CONFLICT (name) DO UPDATE SET calls = c.calls + 1 RETURNING calls;
$$;
