-- Special personal data (Data Twenty item 6): what is on sale with it is closed, and what is closed stands in no public list.
CREATE OR REPLACE FUNCTION listings_closed_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.closed AND (
            EXISTS (SELECT 1 FROM listings_listingversion v WHERE v.id = NEW.version_id AND v.facts @> '{"special_pi": true}')
            OR EXISTS (SELECT 1 FROM listings_registration r WHERE r.product_id = NEW.product_id AND r.special
                       AND r.status NOT IN ('refused', 'withdrawn'))) THEN
        RAISE EXCEPTION 'listing % holds special personal data and is not closed', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_closed_check BEFORE INSERT OR UPDATE OF status, version_id, closed ON listings_listing
    FOR EACH ROW WHEN (NEW.version_id IS NOT NULL) EXECUTE FUNCTION listings_closed_check();
