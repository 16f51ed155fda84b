-- The clock of a Dutch lot is announced with it.
CREATE OR REPLACE TRIGGER trading_auction_clock BEFORE UPDATE OF clock_step_fen, clock_seconds, clock_floor_fen ON trading_auction FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND (OLD.clock_step_fen IS DISTINCT FROM NEW.clock_step_fen
        OR OLD.clock_seconds IS DISTINCT FROM NEW.clock_seconds OR OLD.clock_floor_fen IS DISTINCT FROM NEW.clock_floor_fen))
    EXECUTE FUNCTION trading_terms_frozen();
