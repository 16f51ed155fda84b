-- A hybrid lot goes through its phases in their order, each once; who took the clock's price is written then and stays.
CREATE OR REPLACE FUNCTION trading_phases_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ways text[] := ARRAY['clock>sealed', 'sealed>opening', 'opening>best'];
BEGIN
    IF OLD.phase <> NEW.phase AND (NEW.status <> 'open' OR NOT OLD.phase || '>' || NEW.phase = ANY (ways)) THEN
        RAISE EXCEPTION 'lot %: from % to % is no step of a hybrid lot', OLD.code, OLD.phase, NEW.phase USING ERRCODE = 'check_violation';
    ELSIF OLD.taker_id IS NOT NULL AND OLD.taker_id IS DISTINCT FROM NEW.taker_id THEN
        RAISE EXCEPTION 'lot %: it was taken once', OLD.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_auction_phase BEFORE UPDATE OF phase, taker_id ON trading_auction FOR EACH ROW
    WHEN (OLD.phase <> NEW.phase OR OLD.taker_id IS DISTINCT FROM NEW.taker_id) EXECUTE FUNCTION trading_phases_forward();

-- The lengths of its phases are announced with it.
CREATE OR REPLACE TRIGGER trading_auction_phases BEFORE UPDATE OF sealing_seconds, best_seconds ON trading_auction FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND (OLD.sealing_seconds IS DISTINCT FROM NEW.sealing_seconds
        OR OLD.best_seconds IS DISTINCT FROM NEW.best_seconds))
    EXECUTE FUNCTION trading_terms_frozen();

-- One take and one best bid, both the taker's.
CREATE OR REPLACE FUNCTION trading_hybrid_bids() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lot record;
BEGIN
    SELECT a.code, a.format, a.status, a.phase, a.taker_id INTO lot FROM trading_auction a WHERE a.id = NEW.auction_id;
    IF lot.format = 'hybrid' AND NOT (lot.status = 'open' AND ((NEW.seq = 1 AND lot.phase = 'clock')
                                      OR (NEW.seq = 2 AND lot.phase = 'best' AND NEW.bidder_id = lot.taker_id))) THEN
        RAISE EXCEPTION 'lot %: the clock is taken once, the best bid is the taker''s one', lot.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_hybrid_bid BEFORE INSERT ON trading_bid FOR EACH ROW
    WHEN (NEW.seq <= 2) EXECUTE FUNCTION trading_hybrid_bids();
