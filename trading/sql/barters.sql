-- Right for right: a leg is the trade that was agreed, and there are two legs or none.
-- A leg is a barter's trade: its giver sells, the other side buys, the version and the value are those of the offer that stood.
CREATE OR REPLACE FUNCTION trading_barter_leg_as_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM trading_barter b JOIN trading_trade t ON t.id = NEW.trade_id
      WHERE b.id = NEW.barter_id AND t.basis = 'barter' AND t.price_fen = NEW.value_fen AND CASE NEW.side
        WHEN 'proposer' THEN (t.seller_id, t.buyer_id, t.version_id, t.price_fen) = (b.proposer_id, b.partner_id, b.proposer_version_id, b.proposer_fen)
        ELSE (t.seller_id, t.buyer_id, t.version_id, t.price_fen) = (b.partner_id, b.proposer_id, b.partner_version_id, b.partner_fen) END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'barter %: the leg of its % is not what was agreed', NEW.barter_id, NEW.side USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_barter_leg_as_agreed BEFORE INSERT ON trading_barterleg FOR EACH ROW
    EXECUTE FUNCTION trading_barter_leg_as_agreed();

-- Both or neither, judged at the end of the transaction: an agreed barter has its two legs, no other has any, a barter's trade is a leg.
CREATE OR REPLACE FUNCTION trading_barter_both_or_neither(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    state text; found integer;
BEGIN
    SELECT b.status, (SELECT count(*) FROM trading_barterleg l WHERE l.barter_id = b.id) INTO state, found
      FROM trading_barter b WHERE b.id = wanted;
    IF found IS DISTINCT FROM (CASE WHEN state IN ('agreed', 'settled', 'unwound') THEN 2 ELSE 0 END) THEN
        RAISE EXCEPTION 'barter %: % with % of its two trades', wanted, state, found USING ERRCODE = 'check_violation';
    END IF;
END $$;
CREATE OR REPLACE FUNCTION trading_barter_has_its_legs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'trading_barterleg' THEN
        PERFORM trading_barter_both_or_neither(NEW.barter_id);
    ELSE
        PERFORM trading_barter_both_or_neither(NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION trading_barter_trade_is_a_leg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM trading_barterleg l WHERE l.trade_id = NEW.id) THEN
        RAISE EXCEPTION 'trade %: a barter without its other trade', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS trading_barter_both ON trading_barterleg;
CREATE CONSTRAINT TRIGGER trading_barter_both AFTER INSERT ON trading_barterleg DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION trading_barter_has_its_legs();
DROP TRIGGER IF EXISTS trading_barter_both ON trading_barter;
CREATE CONSTRAINT TRIGGER trading_barter_both AFTER INSERT OR UPDATE OF status ON trading_barter DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION trading_barter_has_its_legs();
DROP TRIGGER IF EXISTS trading_barter_leg ON trading_trade;
CREATE CONSTRAINT TRIGGER trading_barter_leg AFTER INSERT ON trading_trade DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.basis = 'barter') EXECUTE FUNCTION trading_barter_trade_is_a_leg();
