-- A failed re-identification test changes the fact (R32): the product counts as personal information until a later test of the very file
-- passes. A proof that lapsed was passed once; a test of another file says nothing of this one.
CREATE OR REPLACE FUNCTION listings_counts_as_personal(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM listings_listingversion v
          JOIN listings_listing l ON l.id = v.listing_id
          JOIN listings_listing every ON every.product_id = l.product_id
          JOIN listings_listingversion tested ON tested.listing_id = every.id
          JOIN listings_condition failed ON failed.version_id = tested.id AND failed.status = 'failed'
         WHERE v.id = $1 AND NOT EXISTS (
            SELECT 1 FROM listings_condition passed
              JOIN listings_listingversion w ON w.id = passed.version_id
              JOIN listings_listing k ON k.id = w.listing_id
             WHERE k.product_id = l.product_id AND passed.condition = failed.condition AND passed.status IN ('met', 'lapsed')
               AND (passed.decided_at, passed.id) > (failed.decided_at, failed.id) AND passed.file_sha256 = v.file_sha256 AND v.file_sha256 <> ''))
$$;

-- Search narrows by whose data it counts as: the facet follows the fact.
CREATE OR REPLACE FUNCTION listings_index_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM listings_listing l WHERE l.id = NEW.listing_id AND listings_counts_as_personal(l.version_id)) THEN
        NEW.category := 'personal';
        NEW.card := jsonb_set(NEW.card::jsonb, '{category}', '"personal"')::text;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_index_category BEFORE INSERT OR UPDATE ON listings_listingindex FOR EACH ROW
    WHEN (NEW.category = 'enterprise') EXECUTE FUNCTION listings_index_category();
