-- Pilots (R82): the caps of a trial are taken under its row's lock, so that two trades at once never share the last place. The checks
-- of the table stand behind it: whoever counts without the lock is refused by them.

-- '' or why a pilot keeps its listing off sale: its time is over, or nothing of a cap is left. A listing without a pilot has none.
CREATE OR REPLACE FUNCTION listings_pilot_obstacle(wanted bigint, at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE WHEN p.status <> 'running' OR $2 >= p.ends_at THEN 'listings.pilot.over'
                    WHEN p.trades >= p.most_trades THEN 'listings.pilot.trades'
                    WHEN p.taken_fen >= p.most_fen THEN 'listings.pilot.turnover' ELSE '' END
        FROM listings_listing l JOIN listings_pilot p ON p.id = l.pilot_id WHERE l.id = $1), '')
$$;

-- '' or the cap that this buyer and price would pass. The pilot's row stays locked until the caller is done.
CREATE OR REPLACE FUNCTION listings_pilot_room(wanted bigint, buyer bigint, price bigint, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    SELECT p.id, p.trades, p.most_trades, p.buyers, p.most_buyers, p.taken_fen, p.most_fen INTO held
      FROM listings_listing l JOIN listings_pilot p ON p.id = l.pilot_id
     WHERE l.id = wanted FOR NO KEY UPDATE OF p;
    IF NOT FOUND THEN
        RETURN '';
    END IF;
    RETURN COALESCE(NULLIF(listings_pilot_obstacle(wanted, at), ''), CASE
        WHEN held.taken_fen + price > held.most_fen THEN 'listings.pilot.turnover'
        WHEN held.buyers >= held.most_buyers AND NOT EXISTS (
            SELECT 1 FROM listings_pilotbuyer b WHERE b.pilot_id = held.id AND b.organization_id = buyer) THEN 'listings.pilot.buyers'
        ELSE '' END);
END $$;

-- Counts one trade against its pilot, if it has one; returns the cap that refuses it, or ''.
CREATE OR REPLACE FUNCTION listings_pilot_take(wanted bigint, buyer bigint, price bigint, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code text := listings_pilot_room(wanted, buyer, price, at);
    fresh int;
    counted bigint;
BEGIN
    SELECT l.pilot_id INTO counted FROM listings_listing l WHERE l.id = wanted;
    IF code <> '' OR counted IS NULL THEN
        RETURN code;
    END IF;
    INSERT INTO listings_pilotbuyer (pilot_id, organization_id, at) VALUES (counted, buyer, $4) ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    UPDATE listings_pilot SET trades = trades + 1, buyers = buyers + fresh, taken_fen = taken_fen + price WHERE id = counted;
    RETURN '';
END $$;

-- What was taken is never given back, and the terms stand as they were granted.
CREATE OR REPLACE FUNCTION listings_pilot_counts_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.trades < OLD.trades OR NEW.buyers < OLD.buyers OR NEW.taken_fen < OLD.taken_fen THEN
        RAISE EXCEPTION 'pilot %: what was taken only counts up', OLD.code USING ERRCODE = 'restrict_violation';
    ELSIF OLD.status <> 'asked' AND (NEW.most_trades, NEW.most_buyers, NEW.most_fen, NEW.ends_at)
            IS DISTINCT FROM (OLD.most_trades, OLD.most_buyers, OLD.most_fen, OLD.ends_at) THEN
        RAISE EXCEPTION 'pilot %: its caps and its end stand as granted', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_pilot_counts_up BEFORE UPDATE ON listings_pilot
    FOR EACH ROW EXECUTE FUNCTION listings_pilot_counts_up();

-- A listing points at a pilot of its own, granted; it is never taken out of one by forgetting it.
CREATE OR REPLACE FUNCTION listings_pilot_of_its_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM listings_pilot p WHERE p.id = NEW.pilot_id AND p.listing_id = NEW.id AND p.status = 'running') THEN
        RAISE EXCEPTION 'listing %: only a pilot of its own that runs marks it', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_pilot_of_its_own BEFORE INSERT OR UPDATE OF pilot_id ON listings_listing FOR EACH ROW
    WHEN (NEW.pilot_id IS NOT NULL) EXECUTE FUNCTION listings_pilot_of_its_own();
CREATE OR REPLACE FUNCTION listings_pilot_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM listings_pilot p WHERE p.id = OLD.pilot_id AND p.status = 'released') THEN
        RAISE EXCEPTION 'listing %: a pilot is released, not forgotten', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_pilot_stays BEFORE UPDATE OF pilot_id ON listings_listing FOR EACH ROW
    WHEN (OLD.pilot_id IS NOT NULL AND NEW.pilot_id IS NULL) EXECUTE FUNCTION listings_pilot_stays();
