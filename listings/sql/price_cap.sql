-- The most a licence of a version may cost at an instant, whatever way leads to the price (R17, R18, R44): nothing where public data is
-- for governance or welfare, the guided cap where one is set, the cost of transport for scientific data; NULL where the market decides.
CREATE OR REPLACE FUNCTION listings_price_cap(version bigint, at timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    offered record;
    cap bigint;
BEGIN
    SELECT v.category, v.pricing_mode, v.price_fen, v.scientific, v.transport_fen, v.authorisation_id, l.product_id,
           coalesce(v.use_terms -> 'purposes', '[]'::jsonb) ?| ARRAY['public_governance', 'public_welfare'] AS free
      INTO offered FROM listings_listingversion v JOIN listings_listing l ON l.id = v.listing_id WHERE v.id = $1;
    IF offered.scientific THEN
        RETURN offered.transport_fen;
    ELSIF offered.category IS DISTINCT FROM 'public' THEN
        RETURN NULL;
    ELSIF offered.free THEN
        RETURN 0;
    ELSIF offered.pricing_mode <> 'guided' THEN
        RETURN NULL;
    END IF;
    SELECT p.cap_fen INTO cap FROM listings_guidedprice p
     WHERE p.product_id = offered.product_id AND p.authorisation_id = offered.authorisation_id AND p.effective_from <= $2 AND $2 < p.review_by
     ORDER BY p.id DESC LIMIT 1;
    RETURN coalesce(cap, offered.price_fen);
END $$;
