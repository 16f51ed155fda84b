-- Whether a reserve is announced is a term like the others: fixed from the announcement on.
CREATE OR REPLACE TRIGGER trading_auction_reserve_told BEFORE UPDATE OF reserve_told ON trading_auction FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND OLD.reserve_told <> NEW.reserve_told) EXECUTE FUNCTION trading_terms_frozen();
