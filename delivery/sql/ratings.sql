-- A review of a delivery comes from its buyer, about its seller, once it is accepted and while the trade stands (D8).

CREATE OR REPLACE FUNCTION delivery_rating_by_its_buyer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of delivery_delivery%ROWTYPE;
BEGIN
    SELECT * INTO of FROM delivery_delivery d WHERE d.id = NEW.delivery_id FOR SHARE;
    IF of.status <> 'accepted' OR of.buyer_id <> NEW.buyer_id OR of.seller_id <> NEW.seller_id THEN
        RAISE EXCEPTION 'only the buyer of an accepted delivery reviews it' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT trading_trade_stands(of.trade_id) THEN
        RAISE EXCEPTION 'a trade that does not stand is not reviewed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_rating_by_its_buyer BEFORE INSERT ON delivery_rating
    FOR EACH ROW EXECUTE FUNCTION delivery_rating_by_its_buyer();
