-- How a listing circulates (R43): '' or why it may not be on sale in its way of circulation. Price and sale stand in a check of the
-- table; what may be opened to everyone is asked here, since it is read from the facts stated.

CREATE OR REPLACE FUNCTION listings_circulation_obstacle(version bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN v.circulation <> 'open' THEN ''
                WHEN v.delivery_mode = 'download' AND v.grade = 'general' AND v.category <> 'personal'
                     AND coalesce(v.facts ->> 'contains_pi', '') = 'false'
                     AND coalesce(v.use_terms ->> 'licence', '') <> ''
                     AND (v.category <> 'public' OR coalesce(v.facts ->> 'public_open_status', '') = 'unconditional') THEN ''
                ELSE 'listings.circulation.not_openable' END
      FROM listings_listingversion v WHERE v.id = $1
$$;

-- How a version circulates, for the rooms above.
CREATE OR REPLACE FUNCTION listings_circulation(version bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT v.circulation FROM listings_listingversion v WHERE v.id = $1
$$;
