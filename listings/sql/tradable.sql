-- Whether a listing may be traded at an instant: '' or the code of the refusal. The one truth for listings.queries.tradable,
-- for bids and purchases, and for the trigger that lets a listing go on sale (I16).

-- What stands in the way of being on sale, apart from the listing's own state.
CREATE OR REPLACE FUNCTION listings_obstacle(listing bigint, organization bigint, code text, product bigint, version bigint,
                                             certificate bigint, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    listed bigint;
    stage text;
    grade text;
    hash text;
    verdict text;
    proven bigint;
    proof text;
    ends timestamptz;
    held boolean;
    refusal text;
    host text;
    changed timestamptz;
BEGIN
    SELECT l.declare_since, v.category, v.listing_id, v.status, v.grade, v.content_hash, v.screening ->> 'verdict', c.status, c.effective_to, c.product_id,
           EXISTS (SELECT 1 FROM listings_hold h WHERE h.listing_id = $1 AND h.lifted_at IS NULL)
      INTO changed, host, listed, stage, grade, hash, verdict, proof, ends, proven, held
      FROM listings_listingversion v JOIN listings_listing l ON l.id = v.listing_id
      LEFT JOIN listings_registrationcertificate c ON c.id = $6 WHERE v.id = $5;
    IF listed IS DISTINCT FROM listing OR stage NOT IN ('approved', 'published') OR hash = '' THEN
        RETURN 'listings.listing.not_approved';
    ELSIF grade = 'core' OR listings_grade_so_far(product) = 3 THEN
        RETURN 'listings.listing.core_data';
    ELSIF verdict IS NULL OR verdict NOT IN ('pass', 'restricted') THEN
        RETURN 'listings.listing.screened_out';
    ELSIF proof IS DISTINCT FROM 'valid' OR proven <> product OR at >= ends THEN
        RETURN 'listings.certificate.not_valid';
    ELSIF held THEN
        RETURN 'listings.listing.suspended';
    END IF;
    refusal := participants_may(organization, 'list', at);
    IF refusal <> '' THEN
        RETURN refusal;
    ELSIF NOT compliance_declaration_in_force(organization, code, at) THEN
        RETURN 'listings.declaration.missing';
    ELSIF changed IS NOT NULL AND NOT compliance_declared_since(organization, code, at, changed) THEN
        RETURN 'listings.declaration.outdated';
    END IF;
    refusal := listings_condition_obstacle(version, at);
    IF refusal = '' THEN
        refusal := listings_circulation_obstacle(version);
    END IF;
    IF refusal = '' THEN
        refusal := listings_share_obstacle(version);
    END IF;
    IF refusal <> '' THEN
        RETURN refusal;
    END IF;
    refusal := listings_pilot_obstacle(listing, at);
    IF refusal <> '' THEN
        RETURN refusal;
    ELSIF host = 'public' THEN
        RETURN listings_public_obstacle(version, at);
    END IF;
    RETURN '';
END $$;

CREATE OR REPLACE FUNCTION listings_tradable(listing bigint, at timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN COALESCE((
        SELECT CASE l.status
            WHEN 'listed' THEN listings_obstacle(l.id, l.organization_id, l.code, l.product_id, l.version_id, l.certificate_id, $2)
            WHEN 'suspended' THEN 'listings.listing.suspended' ELSE 'listings.listing.not_listed' END
        FROM listings_listing l WHERE l.id = $1), 'listings.listing.absent');
END $$;
