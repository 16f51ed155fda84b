-- What a buyer owes for orders that nothing covers yet: agreed here, not paid, less the deposit that stands for them. Fees come beside.
CREATE OR REPLACE FUNCTION trading_unpaid(buyer bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(GREATEST(t.price_fen - CASE WHEN s.deposit IS NULL THEN 0 ELSE s.deposit_fen END, 0)), 0)::bigint
      FROM trading_trade t JOIN trading_tradestate s ON s.trade_id = t.id
     WHERE t.buyer_id = trading_unpaid.buyer AND s.status = 'executed' AND t.basis IN ('award', 'deal')
$$;

-- The most of them together, by the buyer's band; NULL where the venue has set no such figure.
CREATE OR REPLACE FUNCTION trading_unpaid_cap(venue bigint, band text, at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (participants_figure(trading_unpaid_cap.venue, 'orders.unpaid_cap_fen', trading_unpaid_cap.at) ->> trading_unpaid_cap.band)::bigint
$$;

-- No deal is written that takes a buyer over the cap of its band (CAP-E10, E55). The buyer's row is held while its orders are added up, so two
-- deals at once never share what is left; an award is covered by its deposit, is irrevocable, and counts without being stopped.
CREATE OR REPLACE FUNCTION trading_trade_within_unpaid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cap bigint := trading_unpaid_cap(NEW.venue_id, participants_band_held(NEW.buyer_id), NEW.executed_at);
    waiting bigint;
BEGIN
    IF cap IS NULL THEN
        RETURN NEW;
    END IF;
    waiting := trading_unpaid(NEW.buyer_id);
    IF waiting + NEW.price_fen > cap THEN
        RAISE EXCEPTION 'trade %: % fen of unpaid orders and % are above the cap of %', NEW.code, waiting, NEW.price_fen, cap
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_trade_within_unpaid BEFORE INSERT ON trading_trade FOR EACH ROW
    WHEN (NEW.basis = 'deal' AND NEW.price_fen > 0) EXECUTE FUNCTION trading_trade_within_unpaid();
