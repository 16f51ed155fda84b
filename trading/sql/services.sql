-- What a filed deal may become (R57): served here only when it was made elsewhere and its charges are fixed; unpaid, it goes back on record and
-- never into default or cancellation, because the deal itself stands where it was made.
CREATE OR REPLACE FUNCTION trading_services_of_filed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    made text := (SELECT t.channel FROM trading_trade t WHERE t.id = NEW.trade_id);
BEGIN
    IF 'recorded' IN (OLD.status, NEW.status) AND (made <> 'off_exchange' OR (NEW.status = 'executed' AND NEW.services = '{}'::jsonb)) THEN
        RAISE EXCEPTION 'trade %: only a filed deal with fixed charges is served here', NEW.trade_id USING ERRCODE = 'check_violation';
    END IF;
    IF made = 'off_exchange' AND NEW.status IN ('cancelled', 'defaulted') THEN
        RAISE EXCEPTION 'trade %: a filed deal stays on record', NEW.trade_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_services_of_filed BEFORE UPDATE OF status ON trading_tradestate FOR EACH ROW
    WHEN (OLD.status = 'recorded' OR NEW.status IN ('recorded', 'cancelled', 'defaulted'))
    EXECUTE FUNCTION trading_services_of_filed();
