-- The version that mends a correction is a later one of the same listing, already published (R117).
CREATE OR REPLACE FUNCTION listings_correction_mended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM listings_listingversion m JOIN listings_listingversion v ON v.id = NEW.version_id
                    WHERE m.id = NEW.mended_in_id AND m.listing_id = NEW.listing_id AND m.number > v.number
                      AND m.status IN ('published', 'superseded')) THEN
        RAISE EXCEPTION 'correction %: mended only in a later published version of its listing', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_correction_mends BEFORE INSERT OR UPDATE OF mended_in_id ON listings_correction
    FOR EACH ROW WHEN (NEW.mended_in_id IS NOT NULL) EXECUTE FUNCTION listings_correction_mended();
