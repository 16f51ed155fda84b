-- The hot act of the floor: one call does everything a bid must do, in the caller's transaction.
-- The order is the rule (M1, M3): lock the lot's row, then read the clock and how it stands, then decide. `code` is '' when the bid is taken.
-- The oracle of the price is trading.auctions.english; histories are compared in tests.
-- PL/pgSQL throughout, whose plans a session keeps; few columns per look; the end's columns are set only by a bid that moves it.
--
-- Who may bid on what is asked of every gate once and kept as a pass, until a table those gates read is written (evidence/sql/gates.sql),
-- time turns one of them, or ten minutes are over; a refusal is never kept. docs/decisions/0020-passes.md

CREATE OR REPLACE FUNCTION trading_write_pass(lot_code text, user_key bigint, organization bigint, auction bigint, bidder bigint, paddle int,
                                              limit_fen bigint, since bigint, seller bigint, listing bigint, at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    INSERT INTO trading_bidpass AS p (lot, user_id, organization_id, auction_id, bidder_id, paddle, limit_fen, since, seen_at, until)
    VALUES (lot_code, user_key, organization, auction, bidder, paddle, limit_fen, since, at, LEAST(
        at + interval '10 minutes', participants_turn(user_key, organization, at), participants_turn(NULL, seller, at),
        listings_turn(listing, at), compliance_turn(seller, at)))
    ON CONFLICT ON CONSTRAINT bidpass_once DO UPDATE SET auction_id = EXCLUDED.auction_id, bidder_id = EXCLUDED.bidder_id,
        paddle = EXCLUDED.paddle, limit_fen = EXCLUDED.limit_fen, since = EXCLUDED.since, seen_at = EXCLUDED.seen_at, until = EXCLUDED.until;
END $$;

-- Being barred, an own limit and a succession change what a pass says.
CREATE OR REPLACE TRIGGER trading_bidder_gate_moved AFTER UPDATE OF barred_at, limit_fen, organization_id ON trading_bidder
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER trading_auction_gate_moved AFTER UPDATE OF seller_id ON trading_auction
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();

CREATE OR REPLACE FUNCTION trading_place_bid(
    lot_code text, user_id bigint, organization bigint, actor text, maximum bigint, salt bytea, command uuid, operation text,
    OUT code text, OUT seq int, OUT price_fen bigint, OUT leader int, OUT paddle int, OUT closes_at timestamptz, OUT at timestamptz,
    OUT minimum_fen bigint, OUT tick int, OUT kind text, OUT reserve_met boolean, OUT extensions int, OUT limit_fen bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    lot record;
    stands record;
    pass record;
    bidder bigint;
    barred timestamptz;
    since bigint;
    known boolean;
BEGIN
    SELECT p.auction_id, p.bidder_id, p.paddle, p.limit_fen, p.since, p.seen_at, p.until INTO pass
      FROM trading_bidpass p WHERE p.lot = lot_code AND p.user_id = user_id AND p.organization_id = organization;
    -- The terms' row is locked and not written: no bid leaves a version of it to walk past.
    SELECT a.id, a.status, a.seller_id, a.listing_id, a.start_price_fen, a.increments, a.enforces_step, a.proxies, a.reserve_price_fen,
           a.window_seconds, a.extension_seconds, a.extension_cap_seconds, a.extends_from_bid, a.run_seconds, a.opens_at, a.first_closes_at,
           a.closes_at, a.extensions, a.cap_fen, a.format
      INTO lot FROM trading_auction a WHERE a.code = lot_code FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        code := 'trading.auction.absent';
        RETURN;
    END IF;
    at := market_now();
    -- How it stands is read after the lock. The last bid says where it left that row: under a long reader no dead version is walked past.
    -- Wherever it was moved or rewritten since, it is not found there, and is looked up by its key.
    SELECT s.seq, s.tick_seq, s.price_fen, s.leader_id, s.top_fen, s.second_fen, s.ctid AS place INTO stands FROM trading_standing s
     WHERE s.ctid = (SELECT b.standing_place FROM trading_bid b WHERE b.auction_id = lot.id ORDER BY b.seq DESC LIMIT 1)
       AND s.auction_id = lot.id;
    IF NOT FOUND THEN
        SELECT s.seq, s.tick_seq, s.price_fen, s.leader_id, s.top_fen, s.second_fen, s.ctid AS place INTO stands
          FROM trading_standing s WHERE s.auction_id = lot.id;
    END IF;
    closes_at := lot.closes_at;
    price_fen := stands.price_fen;
    code := CASE WHEN lot.status = 'draft' THEN 'trading.auction.absent'
                 WHEN lot.format <> 'english' THEN 'trading.bid.other_format'
                 WHEN lot.status = 'halted' THEN 'trading.bid.halted'
                 WHEN lot.status = 'announced' OR at < lot.opens_at THEN 'trading.bid.not_open'
                 WHEN lot.status <> 'open' OR at >= closes_at THEN 'trading.bid.closed' ELSE '' END;
    IF code <> '' THEN
        RETURN;
    END IF;
    known := pass.auction_id = lot.id AND at >= pass.seen_at AND at < pass.until
             AND evidence_gates_stand(pass.since);
    IF known THEN
        bidder := pass.bidder_id;
        paddle := pass.paddle;
        limit_fen := pass.limit_fen;
    ELSE
        since := evidence_gates_seen();
        code := CASE WHEN NOT participants_holds(user_id, organization, ARRAY['buyer'], at) THEN 'participants.permission.denied'
                     WHEN organization = lot.seller_id THEN 'trading.bidder.seller' ELSE '' END;
        IF code <> '' THEN
            RETURN;
        END IF;
        SELECT b.id, b.barred_at, b.paddle, b.limit_fen INTO bidder, barred, paddle, limit_fen
          FROM trading_bidder b WHERE b.auction_id = lot.id AND b.organization_id = organization;
        limit_fen := LEAST(limit_fen, participants_spending_limit(user_id, organization, lot_code));  -- NULL = not limited
    END IF;
    -- the least maximum that does: the start, one above the own one for a leader, else the visible price plus its step
    minimum_fen := CASE WHEN NOT lot.enforces_step THEN 1
                        WHEN stands.leader_id IS NULL THEN GREATEST(lot.start_price_fen, 1)
                        WHEN stands.leader_id = bidder AND lot.proxies THEN stands.top_fen + 1
                        ELSE price_fen + trading_step(lot.increments, price_fen) END;
    IF known IS NOT TRUE THEN
        code := CASE WHEN bidder IS NULL THEN 'trading.bid.not_registered'
                     WHEN barred IS NOT NULL THEN 'trading.bid.barred'
                     ELSE COALESCE(
                        NULLIF(participants_may(organization, 'bid', at), ''), NULLIF(listings_tradable(lot.listing_id, at), ''),
                        NULLIF(listings_buyer_obstacle(lot.listing_id, organization, at), ''), '') END;
        IF code <> '' THEN
            RETURN;
        END IF;
        PERFORM trading_write_pass(lot_code, user_id, organization, lot.id, bidder, paddle, limit_fen, since, lot.seller_id,
                                   lot.listing_id, at);
    END IF;
    code := CASE WHEN maximum IS NULL OR maximum < 1 OR maximum > 9007199254740991 THEN 'trading.bid.bad_amount'
                 WHEN maximum > limit_fen THEN 'trading.bid.over_limit'
                 WHEN maximum > lot.cap_fen THEN 'trading.bid.over_cap'
                 WHEN maximum >= minimum_fen THEN ''
                 WHEN stands.leader_id = bidder AND lot.proxies THEN 'trading.bid.not_above_own' ELSE 'trading.bid.too_low' END;
    IF code <> '' THEN
        RETURN;
    END IF;
    leader := paddle;
    IF stands.leader_id IS NULL OR stands.leader_id = bidder THEN
        stands.leader_id := bidder;
        stands.top_fen := GREATEST(maximum, stands.top_fen);
    ELSIF maximum > stands.top_fen THEN
        stands.second_fen := stands.top_fen;
        stands.leader_id := bidder;
        stands.top_fen := maximum;
    ELSE
        stands.second_fen := GREATEST(maximum, stands.second_fen);
        SELECT b.paddle INTO leader FROM trading_bidder b WHERE b.id = stands.leader_id;
    END IF;
    price_fen := CASE WHEN NOT lot.proxies THEN stands.top_fen ELSE trading_visible_price(
        lot.increments, lot.start_price_fen, lot.reserve_price_fen, stands.top_fen, stands.second_fen) END;
    minimum_fen := price_fen + trading_step(lot.increments, price_fen);
    kind := 'price';
    IF lot.run_seconds IS NOT NULL AND stands.seq = 0 THEN
        closes_at := at + make_interval(secs => lot.run_seconds);
        lot.first_closes_at := closes_at;
    ELSIF stands.leader_id = bidder AND closes_at - at <= make_interval(secs => lot.window_seconds) THEN
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
    seq := stands.seq + 1;
    tick := stands.tick_seq + 1;
    extensions := lot.extensions + (kind = 'extended')::int;
    reserve_met := stands.top_fen >= COALESCE(lot.reserve_price_fen, 0);
    WITH moved AS (
        UPDATE trading_standing s
           SET seq = seq, tick_seq = tick, price_fen = price_fen, leader_id = stands.leader_id, top_fen = stands.top_fen,
               second_fen = stands.second_fen, reserve_met = reserve_met
         WHERE s.ctid = stands.place AND s.auction_id = lot.id RETURNING s.ctid AS place
    ), told AS (
        INSERT INTO trading_tick (auction_id, seq, kind, at, status, price_fen, leader, bids, closes_at, reserve_met, extensions, next_min_fen)
        VALUES (lot.id, tick, kind, at, lot.status, price_fen, leader, seq, closes_at, reserve_met, extensions, minimum_fen)
    )
    INSERT INTO trading_bid (auction_id, seq, bidder_id, maximum_fen, salt, price_after_fen, leader_after, closes_after, at, command, standing_place)
    SELECT lot.id, seq, bidder, maximum, salt, price_fen, leader, closes_at, at, command, moved.place FROM moved;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lot %: its row moved under its own lock', lot_code;
    END IF;
    PERFORM evidence_act(command, operation, 'trading.bid.placed', 1, actor, lot_code, at, jsonb_build_object(
        'seq', seq, 'paddle', paddle, 'price_fen', price_fen, 'leader', leader, 'closes_at', trading_rfc3339(closes_at),
        'extensions', extensions, 'maximum_commitment', encode(sha256(salt || convert_to(maximum::text, 'UTF8')), 'hex')));
END $$;
