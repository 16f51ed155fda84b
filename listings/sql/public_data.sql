-- Public data on offer (R13, R17, R18, R20, R44): under an authorisation in force, inside its scope, free for governance and welfare,
-- otherwise at a fixed price within the guided cap. What is opened to everyone without conditions needs no authorisation.

CREATE OR REPLACE FUNCTION listings_public_obstacle(version bigint, at timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    offered record;
    granted record;
    cap bigint;
    free boolean;
BEGIN
    SELECT v.*, l.product_id, ARRAY(SELECT jsonb_array_elements_text(coalesce(v.use_terms -> 'purposes', '[]'))) AS uses,
           ARRAY(SELECT jsonb_array_elements_text(coalesce(v.use_terms -> 'regions', '[]'))) AS places
      INTO offered FROM listings_listingversion v JOIN listings_listing l ON l.id = v.listing_id WHERE v.id = $1;
    IF offered.category IS DISTINCT FROM 'public' OR offered.facts ->> 'public_open_status' = 'unconditional' THEN
        RETURN '';
    END IF;
    SELECT * INTO granted FROM listings_authorisation a WHERE a.id = offered.authorisation_id;
    IF NOT FOUND THEN
        RETURN 'listings.authorisation.missing';
    ELSIF granted.status <> 'in_force' OR at < granted.effective_from OR at >= granted.effective_to
          OR granted.organization_id <> offered.organization_id THEN
        RETURN 'listings.authorisation.not_in_force';
    ELSIF NOT listings_within(offered.places, granted.territory)
          OR (granted.fields <> '{}' AND NOT (offered.sector = ANY (granted.fields) OR left(offered.sector, 1) = ANY (granted.fields)))
          OR (granted.purposes <> '{}' AND NOT offered.uses <@ granted.purposes::text[]) THEN
        RETURN 'listings.authorisation.out_of_scope';
    END IF;
    free := offered.uses && ARRAY['public_governance', 'public_welfare'];
    IF free AND offered.uses <@ ARRAY['public_governance', 'public_welfare'] IS FALSE THEN
        RETURN 'listings.price.mixed_purposes';
    ELSIF offered.sale_mode <> 'fixed' THEN
        RETURN 'listings.price.fixed_only';
    ELSIF free AND offered.price_fen <> 0 THEN
        RETURN 'listings.price.must_be_free';
    ELSIF free OR offered.price_fen = 0 THEN
        RETURN '';
    END IF;
    IF offered.pricing_mode <> 'guided' THEN
        RETURN 'listings.price.guided_expected';
    END IF;
    SELECT p.cap_fen INTO cap FROM listings_guidedprice p
     WHERE p.product_id = offered.product_id AND p.authorisation_id = granted.id AND p.effective_from <= $2 AND $2 < p.review_by
     ORDER BY p.id DESC LIMIT 1;
    IF cap IS NULL THEN
        RETURN 'listings.price.no_cap';
    ELSIF offered.price_fen > cap THEN
        RETURN 'listings.price.above_cap';
    END IF;
    RETURN '';
END $$;
