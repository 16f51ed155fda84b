-- How many licences of a version there are (empty = no limit). The listing's row stays locked until the caller is done, so that what is
-- counted as left is left; no limit locks nothing.
CREATE OR REPLACE FUNCTION listings_stock(version bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    quota int;
    listing bigint;
BEGIN
    SELECT v.quota, v.listing_id INTO quota, listing FROM listings_listingversion v WHERE v.id = version;
    IF quota IS NOT NULL THEN
        PERFORM 1 FROM listings_listing l WHERE l.id = listing FOR NO KEY UPDATE;
    END IF;
    RETURN quota;
END $$;
