-- What the database itself refuses about a lot's terms: an end that moves back or past its cap (I12). Its price: standing.sql.
-- A trigger names the columns it judges: its WHEN is read anew for every statement that fires it, which a bid that moves the end pays for. No trigger
-- of this table sets a column itself, so a column that a statement does not name does not move (tests/trading/test_guards.py).

CREATE OR REPLACE FUNCTION trading_end_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reset boolean := OLD.status IN ('draft', 'announced') OR (OLD.status = 'halted' AND NEW.status = 'open')
                     OR (OLD.run_seconds IS NOT NULL AND (SELECT s.seq FROM trading_standing s WHERE s.auction_id = OLD.id) = 0);
BEGIN
    IF NEW.first_closes_at <> OLD.first_closes_at AND NOT reset THEN
        RAISE EXCEPTION 'lot %: the announced end is fixed once it is open', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    IF NOT reset AND (NEW.closes_at < OLD.closes_at
                      OR NEW.closes_at > NEW.first_closes_at + make_interval(secs => NEW.extension_cap_seconds)) THEN
        RAISE EXCEPTION 'lot %: the end moves forward only, within its cap', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_auction_end BEFORE UPDATE OF closes_at, first_closes_at ON trading_auction FOR EACH ROW
    WHEN (NEW.closes_at <> OLD.closes_at OR NEW.first_closes_at <> OLD.first_closes_at)
    EXECUTE FUNCTION trading_end_moves_forward();

-- Terms are frozen from the announcement on; who sells changes by a succession alone (the owner guard).
CREATE OR REPLACE FUNCTION trading_terms_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'lot %: terms are fixed from the announcement on', OLD.code USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER trading_auction_terms BEFORE UPDATE OF
        start_price_fen, increments, enforces_step, proxies, reserve_price_fen, reserve_commitment, window_seconds, extension_seconds,
        extension_cap_seconds, terms_hash, listing_id, version_id ON trading_auction FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND (
        OLD.start_price_fen <> NEW.start_price_fen OR OLD.increments <> NEW.increments OR OLD.enforces_step <> NEW.enforces_step OR OLD.proxies <> NEW.proxies
        OR OLD.reserve_price_fen IS DISTINCT FROM NEW.reserve_price_fen OR OLD.reserve_commitment <> NEW.reserve_commitment
        OR OLD.window_seconds <> NEW.window_seconds OR OLD.extension_seconds <> NEW.extension_seconds
        OR OLD.extension_cap_seconds <> NEW.extension_cap_seconds OR OLD.terms_hash <> NEW.terms_hash
        OR OLD.listing_id <> NEW.listing_id OR OLD.version_id <> NEW.version_id))
    EXECUTE FUNCTION trading_terms_frozen();
