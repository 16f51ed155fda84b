-- The venue and its side hold no rights (R53): none is declared by them, granted to them or passed on to them, by a succession neither;
-- and what is listed or certified is not handed over to them (named so that it asks before the owner guards do).
CREATE OR REPLACE FUNCTION listings_right_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF participants_on_venue_side(NEW.organization_id) THEN
        RAISE EXCEPTION 'the holder is on the venue''s side' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_right_holder BEFORE INSERT ON listings_propertyright
    FOR EACH ROW EXECUTE FUNCTION listings_right_holder();
CREATE OR REPLACE TRIGGER listings_heir_side BEFORE UPDATE OF organization_id ON listings_propertyright
    FOR EACH ROW EXECUTE FUNCTION listings_right_holder();
CREATE OR REPLACE TRIGGER listings_heir_side BEFORE UPDATE OF organization_id ON listings_listing
    FOR EACH ROW EXECUTE FUNCTION listings_right_holder();
CREATE OR REPLACE TRIGGER listings_heir_side BEFORE UPDATE OF organization_id ON listings_registrationcertificate
    FOR EACH ROW EXECUTE FUNCTION listings_right_holder();
