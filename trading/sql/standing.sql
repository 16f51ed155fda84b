-- How a lot stands: one narrow row beside its terms, so that a bid writes no terms and no row that anything refers to.
-- It is written under the lot's lock alone (trading_auction, FOR NO KEY UPDATE), which writes no version of the terms.

-- Each lot has its standing from the first.
CREATE OR REPLACE FUNCTION trading_lot_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO trading_standing (auction_id, seq, tick_seq, voids, reserve_met) VALUES (NEW.id, 0, 0, 0, false);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER trading_auction_stands AFTER INSERT ON trading_auction FOR EACH ROW EXECUTE FUNCTION trading_lot_stands();

-- What every bid moves: counters only count up, and the price does not fall unless bids were voided (I11).
CREATE OR REPLACE FUNCTION trading_price_never_falls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq < OLD.seq OR NEW.tick_seq < OLD.tick_seq OR NEW.voids < OLD.voids OR NEW.auction_id <> OLD.auction_id THEN
        RAISE EXCEPTION 'lot %: counters only count up', OLD.auction_id USING ERRCODE = 'restrict_violation';
    ELSIF NEW.price_fen < OLD.price_fen AND NEW.voids = OLD.voids OR NEW.price_fen IS NULL AND OLD.price_fen IS NOT NULL
          AND NEW.voids = OLD.voids THEN
        RAISE EXCEPTION 'lot %: the visible price never falls (% to %) unless bids were voided', OLD.auction_id, OLD.price_fen, NEW.price_fen
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_standing_price BEFORE UPDATE ON trading_standing
    FOR EACH ROW EXECUTE FUNCTION trading_price_never_falls();

-- Writes the lot's next public tick from its rows as they stand after the act, and returns its number.
CREATE OR REPLACE FUNCTION trading_tell(lot_key bigint, kind text, at timestamptz) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    tick int;
BEGIN
    UPDATE trading_standing s SET tick_seq = s.tick_seq + 1 WHERE s.auction_id = lot_key RETURNING s.tick_seq INTO tick;
    INSERT INTO trading_tick (auction_id, seq, kind, at, status, price_fen, leader, bids, closes_at, reserve_met, extensions, next_min_fen)
    SELECT a.id, tick, trading_tell.kind, trading_tell.at, a.status, s.price_fen, b.paddle, s.seq, a.closes_at, s.reserve_met, a.extensions,
           CASE WHEN a.status = 'open' THEN COALESCE(s.price_fen + trading_step(a.increments, s.price_fen), a.start_price_fen) END
      FROM trading_auction a JOIN trading_standing s ON s.auction_id = a.id LEFT JOIN trading_bidder b ON b.id = s.leader_id
     WHERE a.id = lot_key;
    RETURN tick;
END $$;
