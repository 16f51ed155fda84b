-- Nothing is handed over, and no token is made, for a buyer who may not have it now (R30, R64).
CREATE OR REPLACE FUNCTION delivery_buyer_may(one bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT listings_buyer_obstacle(listings_listing_of(d.version_id), d.buyer_id, (SELECT market_now()))
            FROM delivery_delivery d WHERE d.id = one);
END $$;
CREATE OR REPLACE FUNCTION delivery_handed_to_whom_it_may() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    code text := delivery_buyer_may((to_jsonb(NEW) ->> TG_ARGV[0])::bigint);
BEGIN
    IF code <> '' THEN
        RAISE EXCEPTION 'delivery: %', code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_handed_to_whom_it_may BEFORE UPDATE OF status ON delivery_delivery FOR EACH ROW
    WHEN (NEW.status = 'delivered' AND OLD.status <> 'delivered') EXECUTE FUNCTION delivery_handed_to_whom_it_may('id');
CREATE OR REPLACE TRIGGER delivery_token_for_whom_it_may BEFORE INSERT ON delivery_accessgrant FOR EACH ROW
    EXECUTE FUNCTION delivery_handed_to_whom_it_may('delivery_id');
