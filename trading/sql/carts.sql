-- The lines of a cart are put in, changed and taken out while it is open; an ordered cart has a trade on every line, and keeps them.

CREATE OR REPLACE FUNCTION trading_cart_line_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_cart bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.cart_id ELSE NEW.cart_id END;
    now_is text;
BEGIN
    SELECT status INTO now_is FROM trading_cart WHERE id = of_cart FOR SHARE;
    IF now_is <> 'open' OR (TG_OP = 'UPDATE' AND OLD.cart_id <> NEW.cart_id) THEN
        RAISE EXCEPTION 'cart %: % is no open cart', of_cart, now_is USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER trading_cart_line_open BEFORE INSERT OR UPDATE OR DELETE ON trading_cartline
    FOR EACH ROW EXECUTE FUNCTION trading_cart_line_open();

CREATE OR REPLACE FUNCTION trading_cart_ordered_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM trading_cartline WHERE cart_id = NEW.id)
       OR EXISTS (SELECT 1 FROM trading_cartline l LEFT JOIN trading_trade t ON t.id = l.trade_id
                   WHERE l.cart_id = NEW.id AND (t.buyer_id IS DISTINCT FROM NEW.buyer_id OR t.listing_id <> l.listing_id)) THEN
        RAISE EXCEPTION 'cart %: every line has a trade of its buyer, or none is ordered', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_cart_ordered_whole BEFORE UPDATE ON trading_cart FOR EACH ROW
    WHEN (NEW.status = 'ordered' AND OLD.status = 'open') EXECUTE FUNCTION trading_cart_ordered_whole();
