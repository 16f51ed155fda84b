-- A report is mended by a new one of the same contract between the same two, once, and never after it has become a trade.

CREATE OR REPLACE FUNCTION trading_report_mends() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before trading_tradereport%ROWTYPE;
BEGIN
    SELECT * INTO before FROM trading_tradereport WHERE id = NEW.replaces_id;
    IF (before.seller_id, before.buyer_id, before.contract_sha256) IS DISTINCT FROM (NEW.seller_id, NEW.buyer_id, NEW.contract_sha256)
       OR EXISTS (SELECT 1 FROM trading_trade t WHERE t.report_id = NEW.replaces_id) THEN
        RAISE EXCEPTION 'report %: only a report of the same contract that is no trade is mended', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_report_mends BEFORE INSERT ON trading_tradereport FOR EACH ROW
    WHEN (NEW.replaces_id IS NOT NULL) EXECUTE FUNCTION trading_report_mends();

CREATE OR REPLACE FUNCTION trading_mended_report_is_no_trade() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM trading_tradereport r WHERE r.replaces_id = NEW.report_id) THEN
        RAISE EXCEPTION 'trade %: its report was mended by another', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_mended_report_is_no_trade BEFORE INSERT ON trading_trade FOR EACH ROW
    WHEN (NEW.report_id IS NOT NULL) EXECUTE FUNCTION trading_mended_report_is_no_trade();
