-- Search follows the floor by itself: what is closed is not found, whatever else it is; a card says whose pilot it is.
CREATE OR REPLACE FUNCTION listings_index_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE listings_listingindex SET on_sale = (NEW.status = 'listed' AND NOT NEW.closed), listed_at = NEW.listed_at,
        card = listings_card(NEW.id, card::json ->> 'seller')
    WHERE listing_id = NEW.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER listings_index_follows
    AFTER UPDATE OF status, listed_at, closed, pilot_id ON listings_listing FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.listed_at IS DISTINCT FROM NEW.listed_at OR OLD.closed IS DISTINCT FROM NEW.closed
          OR OLD.pilot_id IS DISTINCT FROM NEW.pilot_id)
    EXECUTE FUNCTION listings_index_follows();
