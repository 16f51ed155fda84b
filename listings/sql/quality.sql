-- A quality report speaks of the file that its version holds, and nobody but the venue's engine reports on its own product.
CREATE OR REPLACE FUNCTION listings_quality_report_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text;
    of_listing bigint;
    seller bigint;
BEGIN
    SELECT v.file_sha256, v.listing_id, v.organization_id INTO held, of_listing, seller FROM listings_listingversion v WHERE v.id = NEW.version_id;
    IF held IS DISTINCT FROM NEW.file_sha256 OR of_listing <> NEW.listing_id THEN
        RAISE EXCEPTION 'a quality report is of the file its version holds' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.kind = 'assessor' AND seller = NEW.maker_id THEN
        RAISE EXCEPTION 'nobody assesses its own product' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER listings_qualityreport_fits BEFORE INSERT ON listings_qualityreport
    FOR EACH ROW EXECUTE FUNCTION listings_quality_report_fits();
