-- Every trade of a pilot is counted against its caps as it is written, whoever writes it (R82).
CREATE OR REPLACE FUNCTION trading_trade_within_its_pilot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    code text := listings_pilot_take(NEW.listing_id, NEW.buyer_id, NEW.price_fen, NEW.executed_at);
BEGIN
    IF code <> '' THEN
        RAISE EXCEPTION 'trade %: %', NEW.code, code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_trade_within_its_pilot BEFORE INSERT ON trading_trade FOR EACH ROW
    WHEN (NEW.listing_id IS NOT NULL) EXECUTE FUNCTION trading_trade_within_its_pilot();

-- The most that may be bid on a pilot's lot is one of its terms.
CREATE OR REPLACE TRIGGER trading_auction_cap BEFORE UPDATE OF cap_fen ON trading_auction FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND OLD.cap_fen IS DISTINCT FROM NEW.cap_fen) EXECUTE FUNCTION trading_terms_frozen();
