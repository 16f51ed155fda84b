-- Several licences in one lot (rules E.1): at a venue of the laboratory, or under a pilot that runs, opens the format and ends after the
-- lot; each licence awarded once, no item twice.
CREATE OR REPLACE FUNCTION trading_several_by_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF participants_venue_profile(NEW.venue_id) <> 'simulation' AND NOT EXISTS (
        SELECT 1 FROM trading_venuepilot p
         WHERE p.venue_id = NEW.venue_id AND p.status = 'running' AND NEW.format = ANY (p.opens) AND p.ends_at > NEW.closes_at) THEN
        RAISE EXCEPTION 'lot %: % is not for this venue', NEW.code, NEW.format USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_auction_several BEFORE INSERT ON trading_auction FOR EACH ROW
    WHEN (NEW.format IN ('uniform', 'pay_as_bid', 'vcg', 'rsop')) EXECUTE FUNCTION trading_several_by_profile();

CREATE OR REPLACE TRIGGER trading_auction_supply BEFORE UPDATE OF supply, items ON trading_auction FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND (OLD.supply IS DISTINCT FROM NEW.supply OR OLD.items <> NEW.items))
    EXECUTE FUNCTION trading_terms_frozen();

CREATE OR REPLACE FUNCTION trading_award_within_supply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lot record;
BEGIN
    SELECT a.code, a.format, a.supply, a.items INTO lot FROM trading_auction a WHERE a.id = NEW.auction_id;
    IF NEW.unit > (CASE WHEN lot.format IN ('uniform', 'pay_as_bid') THEN lot.supply WHEN lot.format = 'vcg' THEN jsonb_array_length(lot.items)
                       WHEN lot.format = 'rsop' THEN NEW.unit ELSE 1 END) THEN
        RAISE EXCEPTION 'lot %: it has no licence number %', lot.code, NEW.unit USING ERRCODE = 'check_violation';
    ELSIF NOT NEW.items <@ lot.items OR (lot.format = 'vcg') <> (NEW.items <> '[]') THEN
        RAISE EXCEPTION 'lot %: its items are others', lot.code USING ERRCODE = 'check_violation';
    ELSIF EXISTS (SELECT 1 FROM trading_award w, jsonb_array_elements_text(NEW.items) item
                   WHERE w.auction_id = NEW.auction_id AND w.items ? item) THEN
        RAISE EXCEPTION 'lot %: an item is awarded once', lot.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_award_supply BEFORE INSERT ON trading_award FOR EACH ROW EXECUTE FUNCTION trading_award_within_supply();
