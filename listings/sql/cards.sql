-- A listing as lists for programs tell it, composed in one place and kept beside its search row: a page is read in one statement
-- and passed through. Nothing in it changes before the next version but the day it was listed and whose pilot it is, which the floor's trigger follows.

CREATE OR REPLACE FUNCTION listings_card(wanted bigint, seller text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'code', l.code, 'title', json_build_object('zh', v.title_zh, 'en', v.title_en), 'seller', seller, 'category', v.category,
        'stage', v.stage, 'grade', v.grade, 'sector', v.sector, 'sale_mode', v.sale_mode, 'delivery_mode', v.delivery_mode,
        'price_fen', v.price_fen, 'listed_at', to_char(l.listed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'pilot', (SELECT p.code FROM listings_pilot p WHERE p.id = l.pilot_id))::text
    FROM listings_listing l
    JOIN listings_listingversion v ON v.id = l.version_id
    WHERE l.id = wanted
$$;
