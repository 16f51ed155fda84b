-- No trade is written with a buyer who may not have it (R30, R64), on the exchange or off it, whatever way led to its price.
CREATE OR REPLACE FUNCTION trading_trade_buyer_may() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    code text := listings_buyer_obstacle(NEW.listing_id, NEW.buyer_id, NEW.executed_at);
BEGIN
    IF code <> '' THEN
        RAISE EXCEPTION 'trade %: %', NEW.code, code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_trade_buyer_may BEFORE INSERT ON trading_trade FOR EACH ROW
    WHEN (NEW.listing_id IS NOT NULL) EXECUTE FUNCTION trading_trade_buyer_may();

-- How many people may use what was bought, for the rooms that hand it over (R121); NULL where the agreement says nothing.
CREATE OR REPLACE FUNCTION trading_seats(wanted bigint) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT nullif(t.agreement #>> '{object,use_terms,seats}', '')::int FROM trading_trade t WHERE t.id = wanted);
END $$;
