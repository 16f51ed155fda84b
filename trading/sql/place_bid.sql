-- The hot act of the floor: one call does everything a bid must do, in the caller's transaction.
-- The order is the rule (M1, M3): lock the lot's row, then read the clock, then decide. `code` is '' when the bid is taken.
-- The oracle of the price is trading.auctions.english; histories are compared in tests.
-- PL/pgSQL throughout, whose plans a session keeps; few columns per look; the end's columns are set only by a bid that moves it.

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

-- Writes the lot's next public tick from the row as it stands after the act.
CREATE OR REPLACE FUNCTION trading_tick(lot trading_auction, kind text, leader_paddle int, next_min bigint, at timestamptz)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO trading_tick (auction_id, seq, kind, at, status, price_fen, leader, bids, closes_at, reserve_met, extensions, next_min_fen)
    VALUES (lot.id, lot.tick_seq, kind, at, lot.status, lot.price_fen, leader_paddle, lot.seq, lot.closes_at, lot.reserve_met,
            lot.extensions, next_min)
$$;

CREATE OR REPLACE FUNCTION trading_place_bid(
    lot_code text, user_id bigint, organization bigint, actor text, maximum bigint, salt bytea, command uuid, operation text,
    OUT code text, OUT seq int, OUT price_fen bigint, OUT leader int, OUT paddle int, OUT closes_at timestamptz, OUT at timestamptz,
    OUT minimum_fen bigint, OUT tick int, OUT kind text, OUT reserve_met boolean, OUT extensions int, OUT limit_fen bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    lot record;
    bidder bigint;
    barred timestamptz;
BEGIN
    SELECT a.id, a.status, a.seller_id, a.listing_id, a.start_price_fen, a.increments, a.enforces_step, a.proxies, a.reserve_price_fen,
           a.window_seconds, a.extension_seconds, a.extension_cap_seconds, a.extends_from_bid, a.run_seconds, a.opens_at, a.first_closes_at,
           a.closes_at, a.seq, a.tick_seq, a.price_fen, a.leader_id, a.top_fen, a.second_fen, a.extensions, a.cap_fen, a.format
      INTO lot FROM trading_auction a WHERE a.code = lot_code FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        code := 'trading.auction.absent';
        RETURN;
    END IF;
    at := market_now();
    closes_at := lot.closes_at;
    price_fen := lot.price_fen;
    code := CASE WHEN lot.status = 'draft' THEN 'trading.auction.absent'
                 WHEN lot.format <> 'english' THEN 'trading.bid.other_format'
                 WHEN lot.status = 'halted' THEN 'trading.bid.halted'
                 WHEN lot.status = 'announced' OR at < lot.opens_at THEN 'trading.bid.not_open'
                 WHEN lot.status <> 'open' OR at >= closes_at THEN 'trading.bid.closed'
                 WHEN NOT participants_holds(user_id, organization, ARRAY['buyer'], at) THEN 'participants.permission.denied'
                 WHEN organization = lot.seller_id THEN 'trading.bidder.seller' ELSE '' END;
    IF code <> '' THEN
        RETURN;
    END IF;
    SELECT b.id, b.barred_at, b.paddle, b.limit_fen INTO bidder, barred, paddle, limit_fen
      FROM trading_bidder b WHERE b.auction_id = lot.id AND b.organization_id = organization;
    limit_fen := LEAST(limit_fen, participants_spending_limit(user_id, organization, lot_code));  -- NULL = not limited
    -- the least maximum that does: the start, one above the own one for a leader, else the visible price plus its step
    minimum_fen := CASE WHEN NOT lot.enforces_step THEN 1
                        WHEN lot.leader_id IS NULL THEN GREATEST(lot.start_price_fen, 1)
                        WHEN lot.leader_id = bidder AND lot.proxies THEN lot.top_fen + 1
                        ELSE price_fen + trading_step(lot.increments, price_fen) END;
    code := CASE WHEN bidder IS NULL THEN 'trading.bid.not_registered'
                 WHEN barred IS NOT NULL THEN 'trading.bid.barred'
                 ELSE COALESCE(
                    NULLIF(participants_may(organization, 'bid', at), ''), NULLIF(listings_tradable(lot.listing_id, at), ''),
                    NULLIF(listings_buyer_obstacle(lot.listing_id, organization, at), ''),
                    CASE WHEN maximum IS NULL OR maximum < 1 OR maximum > 9007199254740991 THEN 'trading.bid.bad_amount'
                         WHEN maximum > limit_fen THEN 'trading.bid.over_limit'
                         WHEN maximum > lot.cap_fen THEN 'trading.bid.over_cap'
                         WHEN maximum >= minimum_fen THEN ''
                         WHEN lot.leader_id = bidder AND lot.proxies THEN 'trading.bid.not_above_own' ELSE 'trading.bid.too_low' END) END;
    IF code <> '' THEN
        RETURN;
    END IF;
    leader := paddle;
    IF lot.leader_id IS NULL OR lot.leader_id = bidder THEN
        lot.leader_id := bidder;
        lot.top_fen := GREATEST(maximum, lot.top_fen);
    ELSIF maximum > lot.top_fen THEN
        lot.second_fen := lot.top_fen;
        lot.leader_id := bidder;
        lot.top_fen := maximum;
    ELSE
        lot.second_fen := GREATEST(maximum, lot.second_fen);
        SELECT b.paddle INTO leader FROM trading_bidder b WHERE b.id = lot.leader_id;
    END IF;
    price_fen := CASE WHEN NOT lot.proxies THEN lot.top_fen ELSE trading_visible_price(
        lot.increments, lot.start_price_fen, lot.reserve_price_fen, lot.top_fen, lot.second_fen) END;
    minimum_fen := price_fen + trading_step(lot.increments, price_fen);
    kind := 'price';
    IF lot.run_seconds IS NOT NULL AND lot.seq = 0 THEN
        closes_at := at + make_interval(secs => lot.run_seconds);
        lot.first_closes_at := closes_at;
    ELSIF lot.leader_id = bidder AND closes_at - at <= make_interval(secs => lot.window_seconds) THEN
        closes_at := GREATEST(closes_at, LEAST(
            CASE WHEN lot.extends_from_bid THEN at ELSE closes_at END + make_interval(secs => lot.extension_seconds),
            lot.first_closes_at + make_interval(secs => lot.extension_cap_seconds)));
        IF closes_at > lot.closes_at THEN
            kind := 'extended';
        END IF;
    END IF;
    IF closes_at <> lot.closes_at THEN
        UPDATE trading_auction a
           SET first_closes_at = lot.first_closes_at, closes_at = closes_at, extensions = a.extensions + (kind = 'extended')::int
         WHERE a.id = lot.id;
    END IF;
    seq := lot.seq + 1;
    tick := lot.tick_seq + 1;
    extensions := lot.extensions + (kind = 'extended')::int;
    reserve_met := lot.top_fen >= COALESCE(lot.reserve_price_fen, 0);
    WITH moved AS (
        UPDATE trading_auction a
           SET seq = seq, tick_seq = tick, price_fen = price_fen, leader_id = lot.leader_id, top_fen = lot.top_fen,
               second_fen = lot.second_fen, reserve_met = reserve_met
         WHERE a.id = lot.id
    ), told AS (
        INSERT INTO trading_tick (auction_id, seq, kind, at, status, price_fen, leader, bids, closes_at, reserve_met, extensions, next_min_fen)
        VALUES (lot.id, tick, kind, at, lot.status, price_fen, leader, seq, closes_at, reserve_met, extensions, minimum_fen)
    )
    INSERT INTO trading_bid (auction_id, seq, bidder_id, maximum_fen, salt, price_after_fen, leader_after, closes_after, at, command)
    VALUES (lot.id, seq, bidder, maximum, salt, price_fen, leader, closes_at, at, command);
    PERFORM evidence_act(command, operation, 'trading.bid.placed', 1, actor, lot_code, at, jsonb_build_object(
        'seq', seq, 'paddle', paddle, 'price_fen', price_fen, 'leader', leader, 'closes_at', trading_rfc3339(closes_at),
        'extensions', extensions, 'maximum_commitment', encode(sha256(salt || convert_to(maximum::text, 'UTF8')), 'hex')));
END $$;
