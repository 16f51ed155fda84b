-- What another exchange's register says only moves on: a page that comes late, or twice, never puts back what was read after it.
CREATE OR REPLACE FUNCTION listings_peer_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'listings_peer' THEN
        IF NEW.certificates_to < OLD.certificates_to OR NEW.standings_to < OLD.standings_to THEN
            RAISE EXCEPTION 'what was taken in of % is not taken back', OLD.code USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.ended_at IS NOT NULL THEN
            RAISE EXCEPTION '% was ended, and an end is final', OLD.code USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.position <= OLD.position THEN
        RAISE EXCEPTION 'move % of % comes before the one that stands', NEW.position, TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER listings_peer_forward BEFORE UPDATE ON listings_peer
    FOR EACH ROW EXECUTE FUNCTION listings_peer_forward();
CREATE OR REPLACE TRIGGER listings_peercertificate_forward BEFORE UPDATE ON listings_peercertificate
    FOR EACH ROW EXECUTE FUNCTION listings_peer_forward();
CREATE OR REPLACE TRIGGER listings_peerstanding_forward BEFORE UPDATE ON listings_peerstanding
    FOR EACH ROW EXECUTE FUNCTION listings_peer_forward();
