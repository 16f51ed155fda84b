-- Prices that two sides agree on, and the declared values of a barter, stay under the cap of what is sold (R17, R18, R44), whoever writes the trade.
CREATE OR REPLACE FUNCTION trading_trade_within_cap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cap bigint := listings_price_cap(NEW.version_id, NEW.executed_at);
BEGIN
    IF NEW.price_fen > cap THEN
        RAISE EXCEPTION 'trade %: % fen is above the cap of % fen', NEW.code, NEW.price_fen, cap USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_trade_within_cap BEFORE INSERT ON trading_trade FOR EACH ROW
    WHEN (NEW.basis IN ('purchase', 'deal', 'barter') AND NEW.version_id IS NOT NULL) EXECUTE FUNCTION trading_trade_within_cap();

-- A bargain ends in the trade that was agreed: its two sides, its version, the price of the offer that stood.
CREATE OR REPLACE FUNCTION trading_negotiation_as_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM trading_trade t WHERE t.id = NEW.trade_id AND t.price_fen = NEW.price_fen AND t.seller_id = NEW.seller_id
        AND t.buyer_id = NEW.buyer_id AND t.version_id = NEW.version_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'negotiation %: its trade is not what was agreed', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_negotiation_as_agreed BEFORE UPDATE OF trade_id ON trading_negotiation FOR EACH ROW
    WHEN (NEW.trade_id IS NOT NULL) EXECUTE FUNCTION trading_negotiation_as_agreed();

-- A request is awarded to one of its quotes, at its price.
CREATE OR REPLACE FUNCTION trading_rfq_as_quoted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM trading_trade t JOIN trading_quote q ON q.rfq_id = NEW.id AND q.status = 'won' AND q.price_fen = t.price_fen
        AND q.seller_id = t.seller_id AND q.version_id = t.version_id WHERE t.id = NEW.trade_id AND t.buyer_id = NEW.buyer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request %: its trade is not what was quoted', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_rfq_as_quoted BEFORE UPDATE OF trade_id ON trading_rfq FOR EACH ROW
    WHEN (NEW.trade_id IS NOT NULL) EXECUTE FUNCTION trading_rfq_as_quoted();

-- Quotes come while the round is open: not before it, not at its end or later, not after the decision.
CREATE OR REPLACE FUNCTION trading_quote_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM trading_rfq r WHERE r.id = NEW.rfq_id AND r.status = 'open' AND NEW.at >= r.opened_at AND NEW.at < r.closes_at
        AND NEW.round = r.round AND r.buyer_id <> NEW.seller_id FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'quote %: outside the time of its request', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_quote_in_time BEFORE INSERT ON trading_quote FOR EACH ROW EXECUTE FUNCTION trading_quote_in_time();
