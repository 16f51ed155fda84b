-- Licences of a version are not sold beyond its quota, whoever sells and whichever way (I13): the listing's row is locked while they are
-- counted, so two buyers never share the last one.
CREATE OR REPLACE FUNCTION trading_trade_within_quota() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    quota int := listings_stock(NEW.version_id);
    sold int;
BEGIN
    IF quota IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT count(*) INTO sold FROM trading_trade t LEFT JOIN trading_tradestate s ON s.trade_id = t.id
     WHERE t.version_id = NEW.version_id AND t.channel = 'on_exchange'
       AND COALESCE(s.status, 'executed') NOT IN ('cancelled', 'defaulted', 'unwound');
    IF sold >= quota THEN
        RAISE EXCEPTION 'trade %: all % licences of its version are sold', NEW.code, quota USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_trade_within_quota BEFORE INSERT ON trading_trade FOR EACH ROW
    WHEN (NEW.channel = 'on_exchange' AND NEW.version_id IS NOT NULL) EXECUTE FUNCTION trading_trade_within_quota();
