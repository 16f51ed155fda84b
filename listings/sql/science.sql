-- What was promised of scientific data is not shortened by a later version (W11): asked when a version leaves its draft.
CREATE OR REPLACE FUNCTION listings_science_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM listings_listing l JOIN listings_listingversion v ON v.id = l.version_id
                WHERE l.id = NEW.listing_id AND v.scientific AND v.kept_until > (market_now() AT TIME ZONE 'Asia/Shanghai')::date
                  AND (NOT NEW.scientific OR NEW.kept_until IS NULL OR NEW.kept_until < v.kept_until)) THEN
        RAISE EXCEPTION 'version %: scientific data is kept as long as was promised', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_version_science BEFORE UPDATE OF status ON listings_listingversion FOR EACH ROW
    WHEN (OLD.status = 'draft' AND NEW.status = 'submitted') EXECUTE FUNCTION listings_science_kept();
