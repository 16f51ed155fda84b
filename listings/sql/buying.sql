-- Whether this buyer may come to a price for a listing: '' or the code of the refusal. Asked alike by whoever registers for a lot,
-- bids, is awarded, reports, signs, delivers and fetches; what the listing itself asks is listings_tradable.

-- A closed listing (R30) is there for its seller and for the units admitted at the instant.
CREATE OR REPLACE FUNCTION listings_admits(wanted bigint, buyer bigint, at timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM listings_listing l WHERE l.id = wanted AND l.closed AND l.organization_id <> buyer AND NOT EXISTS (
            SELECT 1 FROM listings_admittedbuyer a WHERE a.listing_id = l.id AND a.organization_id = buyer AND a.ended_at IS NULL
               AND a.effective_from <= $3 AND $3 < a.effective_to));
END $$;

-- Nothing is promised to a buyer abroad that may not be delivered to it (R64): its export is cleared, or there is no buyer abroad.
CREATE OR REPLACE FUNCTION listings_may_leave(wanted bigint, buyer bigint, at timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    names text[] := participants_names_abroad(buyer);
BEGIN
    RETURN names IS NULL OR EXISTS (
        SELECT 1 FROM listings_listing l JOIN listings_dataproduct p ON p.id = l.product_id
         WHERE l.id = wanted AND compliance_export_cleared(l.organization_id, p.code, names, $3));
END $$;

CREATE OR REPLACE FUNCTION listings_buyer_obstacle(wanted bigint, buyer bigint, at timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE WHEN NOT listings_admits(wanted, buyer, at) THEN 'listings.whitelist.not_admitted'
                WHEN NOT listings_may_leave(wanted, buyer, at) THEN 'compliance.export.not_cleared' ELSE '' END;
END $$;

-- The listing a version is of, for rooms above that hold the version.
CREATE OR REPLACE FUNCTION listings_listing_of(version bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT v.listing_id FROM listings_listingversion v WHERE v.id = version);
END $$;
