-- Orders under a framework never come to more than its ceiling: its row is locked while those that stand are added up, so two orders at
-- once never share what is left. An order is of one of its items, at the price agreed, by its buyer, while it is in force.

CREATE OR REPLACE FUNCTION trading_call_off_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    f trading_framework%ROWTYPE;
    drawn bigint;
BEGIN
    SELECT * INTO f FROM trading_framework WHERE id = NEW.framework_id FOR NO KEY UPDATE;
    IF f.status <> 'in_force' OR NEW.at >= f.effective_to THEN
        RAISE EXCEPTION 'framework %: nothing is ordered under it any more', f.code USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM trading_frameworkitem i JOIN trading_trade t ON t.id = NEW.trade_id
                    WHERE i.id = NEW.item_id AND i.framework_id = f.id AND i.price_fen = NEW.price_fen AND t.price_fen = NEW.price_fen
                      AND t.listing_id = i.listing_id AND t.buyer_id = f.buyer_id) THEN
        RAISE EXCEPTION 'framework %: an order is of its own items, at the price agreed', f.code USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(sum(c.price_fen), 0) INTO drawn FROM trading_calloff c JOIN trading_tradestate s ON s.trade_id = c.trade_id
     WHERE c.framework_id = f.id AND s.status NOT IN ('cancelled', 'defaulted', 'unwound');
    IF drawn + NEW.price_fen > f.ceiling_fen THEN
        RAISE EXCEPTION 'framework %: % and % are above its ceiling of %', f.code, drawn, NEW.price_fen, f.ceiling_fen
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_call_off_within BEFORE INSERT ON trading_calloff FOR EACH ROW EXECUTE FUNCTION trading_call_off_within();
