-- Search follows the floor by itself: whether a listing is on sale stands in its index row the moment its status changes.

CREATE OR REPLACE FUNCTION listings_index_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE listings_listingindex SET on_sale = (NEW.status = 'listed'), listed_at = NEW.listed_at WHERE listing_id = NEW.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER listings_index_follows
    AFTER UPDATE OF status, listed_at ON listings_listing FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.listed_at IS DISTINCT FROM NEW.listed_at)
    EXECUTE FUNCTION listings_index_follows();

-- Rows written before the facets stood beside the text.
UPDATE listings_listingindex i
SET on_sale = (l.status = 'listed'), listed_at = l.listed_at, category = v.category, stage = v.stage, grade = v.grade, sector = v.sector,
    sale_mode = v.sale_mode, delivery_mode = v.delivery_mode, price_fen = v.price_fen
FROM listings_listing l JOIN listings_listingversion v ON v.id = l.version_id
WHERE l.id = i.listing_id;
