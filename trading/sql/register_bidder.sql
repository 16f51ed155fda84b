-- Registers an organisation for a lot: lock the lot, read the clock, check, draw a paddle, reserve the deposit, record.
-- `code` is '' when registered; a second call returns the first registration and writes nothing.
CREATE OR REPLACE FUNCTION trading_register_bidder(
    lot_id bigint, user_id bigint, organization bigint, organization_code text, account bigint, own_limit bigint, pick int,
    actor text, command uuid, operation text, OUT code text, OUT bidder bigint, OUT deposit_fen bigint, OUT fresh boolean,
    OUT paddle int, OUT deposit uuid, OUT at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    lot trading_auction%ROWTYPE;
    band_bps bigint;
    free int[];
BEGIN
    fresh := false;
    SELECT * INTO lot FROM trading_auction a WHERE a.id = lot_id FOR NO KEY UPDATE;
    IF NOT FOUND OR lot.status = 'draft' THEN
        code := 'trading.auction.absent';
        RETURN;
    END IF;
    at := market_now();
    IF NOT participants_holds(user_id, organization, ARRAY['buyer'], at) THEN
        code := 'participants.permission.denied';
        RETURN;
    END IF;
    SELECT b.id INTO bidder FROM trading_bidder b WHERE b.auction_id = lot.id AND b.organization_id = organization;
    IF FOUND THEN
        code := '';
        RETURN;
    END IF;
    code := CASE WHEN lot.status NOT IN ('announced', 'open', 'halted') OR at >= lot.closes_at OR lot.phase IN ('opening', 'best')
                      THEN 'trading.bidder.too_late'
                 WHEN organization = lot.seller_id THEN 'trading.bidder.seller'
                 WHEN own_limit IS NOT NULL AND own_limit NOT BETWEEN 1 AND 9007199254740991 THEN 'trading.bid.bad_amount'
                 ELSE participants_may(organization, 'bid', at) END;
    IF code = '' AND participants_affiliated(
        organization, lot.seller_id, participants_figure(lot.venue_id, 'affiliation.share_bps', at)::int, at) THEN
        code := 'trading.bidder.affiliated';
    END IF;
    IF code = '' THEN
        code := listings_buyer_obstacle(lot.listing_id, organization, at);
    END IF;
    IF code = '' AND participants_enrolment_due(organization, lot.venue_id) > 0 THEN
        code := 'participants.enrolment.unpaid';
    END IF;
    IF code = '' THEN
        code := listings_pilot_room(lot.listing_id, organization, 0, at);
    END IF;
    IF code <> '' THEN
        RETURN;
    END IF;
    -- shares are rounded half up to whole fen, twice: of the start price, then by credit band
    band_bps := COALESCE((lot.deposit_band_bps ->> participants_band(organization))::bigint, 10000);
    deposit_fen := GREATEST(lot.deposit_minimum_fen, div(
        div(lot.start_price_fen::numeric * lot.deposit_bps + 5000, 10000) * band_bps + 5000, 10000)::bigint);
    -- what would wait for payment beyond the deposit, were it won at its start, stays under the cap of the band
    IF trading_unpaid(organization) + GREATEST(lot.start_price_fen - deposit_fen, 0)
       > trading_unpaid_cap(lot.venue_id, participants_band(organization), at) THEN
        code := 'trading.bidder.over_unpaid_cap';
        RETURN;
    END IF;
    IF deposit_fen > 0 THEN
        SELECT r.code, r.pending INTO code, deposit
            FROM ledger_reserve(account, deposit_fen, 'auction_deposit', lot.code, at, NULL, command) r;
        IF code <> '' THEN
            RETURN;
        END IF;
    END IF;
    -- a small number nobody has yet, at random, so that it tells nothing about who came when
    SELECT array_agg(n ORDER BY n) INTO free
        FROM generate_series(1, 9 + (SELECT count(*) FROM trading_bidder b WHERE b.auction_id = lot.id)::int) n
        WHERE NOT EXISTS (SELECT 1 FROM trading_bidder b WHERE b.auction_id = lot.id AND b.paddle = n);
    paddle := free[1 + pick % cardinality(free)];
    INSERT INTO trading_bidder (auction_id, organization_id, paddle, deposit_fen, deposit, limit_fen, registered_at, barred_code)
    VALUES (lot.id, organization, paddle, trading_register_bidder.deposit_fen, deposit, own_limit, at, '') RETURNING id INTO bidder;
    PERFORM evidence_command(command, actor, operation, NULL, '', at);
    PERFORM evidence_record('trading.bidder.registered', 1, actor, lot.code, at, jsonb_build_object(
        'bidder', organization_code, 'paddle', paddle, 'deposit_fen', deposit_fen, 'reserve_hash', CASE WHEN deposit IS NULL THEN '' ELSE
            ledger_hash(deposit, 'pending', 'auction_deposit', lot.code, NULL, ARRAY[account], ARRAY[deposit_fen], at) END), command);
    fresh := true;
    code := '';
END $$;
