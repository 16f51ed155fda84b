-- Whether a listing may be traded at an instant: '' or the code of the refusal. The one truth for listings.queries.tradable,
-- for bids and purchases, and for the trigger that lets a listing go on sale (I16).

-- What stands in the way of being on sale, apart from the listing's own state.
CREATE OR REPLACE FUNCTION listings_obstacle(listing bigint, organization bigint, code text, product bigint, version bigint,
                                             certificate bigint, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    offered record;
    proof record;
    refusal text;
BEGIN
    SELECT v.listing_id, v.status, v.grade, v.content_hash, v.screening ->> 'verdict' AS verdict INTO offered
        FROM listings_listingversion v WHERE v.id = version;
    IF NOT FOUND OR offered.listing_id <> listing OR offered.status NOT IN ('approved', 'published') OR offered.content_hash = '' THEN
        RETURN 'listings.listing.not_approved';
    END IF;
    IF offered.grade = 'core' OR listings_grade_so_far(product) = 3 THEN
        RETURN 'listings.listing.core_data';
    END IF;
    IF offered.verdict IS NULL OR offered.verdict NOT IN ('pass', 'restricted') THEN
        RETURN 'listings.listing.screened_out';
    END IF;
    SELECT c.status, c.effective_to, c.product_id INTO proof FROM listings_registrationcertificate c WHERE c.id = certificate;
    IF NOT FOUND OR proof.status <> 'valid' OR proof.product_id <> product OR at >= proof.effective_to THEN
        RETURN 'listings.certificate.not_valid';
    END IF;
    IF EXISTS (SELECT 1 FROM listings_hold h WHERE h.listing_id = listing AND h.lifted_at IS NULL) THEN
        RETURN 'listings.listing.suspended';
    END IF;
    refusal := participants_may(organization, 'list', at);
    IF refusal <> '' THEN
        RETURN refusal;
    END IF;
    IF NOT compliance_declaration_in_force(organization, code, at) THEN
        RETURN 'listings.declaration.missing';
    END IF;
    RETURN '';
END $$;

CREATE OR REPLACE FUNCTION listings_tradable(listing bigint, at timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    one record;
BEGIN
    SELECT l.status, l.organization_id, l.code, l.product_id, l.version_id, l.certificate_id INTO one
        FROM listings_listing l WHERE l.id = listings_tradable.listing;
    IF NOT FOUND THEN
        RETURN 'listings.listing.absent';
    END IF;
    IF one.status = 'suspended' THEN
        RETURN 'listings.listing.suspended';
    ELSIF one.status <> 'listed' THEN
        RETURN 'listings.listing.not_listed';
    END IF;
    RETURN listings_obstacle(listing, one.organization_id, one.code, one.product_id, one.version_id, one.certificate_id, at);
END $$;
