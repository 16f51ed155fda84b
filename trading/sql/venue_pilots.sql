-- Pilots of a venue (R99): parties, turnover and what announced lots may still come to are counted as the rows are written, whoever writes
-- them, under the lock of the pilot's row; the checks of the table stand behind it.

-- A party counts once. Nothing where the lot is under no pilot.
CREATE OR REPLACE FUNCTION trading_venue_pilot_party(lot bigint, party bigint, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    counted bigint;
    fresh int;
BEGIN
    SELECT l.pilot_id INTO counted FROM trading_venuepilotlot l WHERE l.auction_id = lot;
    IF counted IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM trading_venuepilot p WHERE p.id = counted FOR NO KEY UPDATE;
    INSERT INTO trading_venuepilotparty (pilot_id, organization_id, at) VALUES (counted, party, $3) ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    IF fresh > 0 THEN
        UPDATE trading_venuepilot SET parties = parties + 1 WHERE id = counted;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION trading_bidder_under_pilot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM trading_venue_pilot_party(NEW.auction_id, NEW.organization_id, NEW.registered_at);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER trading_bidder_under_pilot AFTER INSERT ON trading_bidder
    FOR EACH ROW EXECUTE FUNCTION trading_bidder_under_pilot();

CREATE OR REPLACE FUNCTION trading_venue_pilot_lot_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE trading_venuepilot SET reserved_fen = reserved_fen + NEW.reserved_fen WHERE id = NEW.pilot_id;
    PERFORM trading_venue_pilot_party(NEW.auction_id, a.seller_id, a.announced_at) FROM trading_auction a WHERE a.id = NEW.auction_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER trading_venue_pilot_lot_seller AFTER INSERT ON trading_venuepilotlot
    FOR EACH ROW EXECUTE FUNCTION trading_venue_pilot_lot_seller();

-- A trade of a lot under a pilot takes of what the lot had reserved.
CREATE OR REPLACE FUNCTION trading_trade_under_pilot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    SELECT l.id, l.pilot_id, l.closed_at INTO held
      FROM trading_award w JOIN trading_venuepilotlot l ON l.auction_id = w.auction_id WHERE w.id = NEW.award_id;
    IF FOUND THEN
        UPDATE trading_venuepilot SET taken_fen = taken_fen + NEW.price_fen,
               reserved_fen = reserved_fen - CASE WHEN held.closed_at IS NULL THEN NEW.price_fen ELSE 0 END WHERE id = held.pilot_id;
        UPDATE trading_venuepilotlot SET taken_fen = taken_fen + NEW.price_fen WHERE id = held.id;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER trading_trade_under_pilot AFTER INSERT ON trading_trade FOR EACH ROW
    WHEN (NEW.award_id IS NOT NULL) EXECUTE FUNCTION trading_trade_under_pilot();

-- What an ended lot did not come to is free again.
CREATE OR REPLACE FUNCTION trading_lot_under_pilot_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    SELECT l.id, l.pilot_id, l.reserved_fen - l.taken_fen AS left_fen INTO held
      FROM trading_venuepilotlot l WHERE l.auction_id = NEW.id AND l.closed_at IS NULL;
    IF FOUND THEN
        UPDATE trading_venuepilot SET reserved_fen = reserved_fen - held.left_fen WHERE id = held.pilot_id;
        UPDATE trading_venuepilotlot SET closed_at = (SELECT market_now()) WHERE id = held.id;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER trading_lot_under_pilot_ended AFTER UPDATE OF status ON trading_auction FOR EACH ROW
    WHEN (NEW.status IN ('awarded', 'failed', 'cancelled') AND OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION trading_lot_under_pilot_ended();

-- What was taken is never given back, and the terms stand as they were granted.
CREATE OR REPLACE FUNCTION trading_venue_pilot_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.taken_fen < OLD.taken_fen OR NEW.parties < OLD.parties THEN
        RAISE EXCEPTION 'pilot %: what was taken only counts up', OLD.code USING ERRCODE = 'restrict_violation';
    ELSIF OLD.status <> 'asked' AND (NEW.opens, NEW.most_fen, NEW.most_lot_fen, NEW.most_parties, NEW.ends_at)
            IS DISTINCT FROM (OLD.opens, OLD.most_fen, OLD.most_lot_fen, OLD.most_parties, OLD.ends_at) THEN
        RAISE EXCEPTION 'pilot %: what it opens, its caps and its end stand as granted', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_venue_pilot_stands BEFORE UPDATE ON trading_venuepilot
    FOR EACH ROW EXECUTE FUNCTION trading_venue_pilot_stands();
