-- What a bid reckons with: the raise, the visible price. The bid itself is bids.sql.
-- The oracle of the price is trading.auctions.english; histories are compared in tests.

-- The raise that is due on a price: rows [below fen or null, step fen, bps of the price].
CREATE OR REPLACE FUNCTION trading_step(increments jsonb, price bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    band jsonb;
    bound bigint;
BEGIN
    FOR i IN 0 .. jsonb_array_length(increments) - 1 LOOP
        band := increments -> i;
        bound := (band ->> 0)::bigint;
        IF bound IS NULL OR price < bound THEN
            RETURN GREATEST((band ->> 1)::bigint, ceil(price::numeric * COALESCE((band ->> 2)::int, 0) / 10000)::bigint);
        END IF;
    END LOOP;
    RAISE EXCEPTION 'an increment table ends with a row without bound';
END $$;

-- What everybody sees for the two best maxima.
CREATE OR REPLACE FUNCTION trading_visible_price(increments jsonb, start_fen bigint, reserve_fen bigint, top_fen bigint, second_fen bigint)
RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    price bigint := start_fen;
BEGIN
    IF second_fen IS NOT NULL THEN
        price := GREATEST(price, LEAST(top_fen, second_fen + trading_step(increments, second_fen)));
    END IF;
    RETURN CASE WHEN reserve_fen > 0 AND top_fen >= reserve_fen THEN GREATEST(price, reserve_fen) ELSE price END;
END $$;

CREATE OR REPLACE FUNCTION trading_rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
