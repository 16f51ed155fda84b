-- Only what is traded is put up for auction (R43): a lot of anything open, shared or exchanged is refused whoever writes it.
CREATE OR REPLACE FUNCTION trading_lot_in_its_cell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF listings_circulation(NEW.version_id) <> 'trade' THEN
        RAISE EXCEPTION 'lot %: only what is traded is auctioned', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_auction_in_its_cell BEFORE INSERT ON trading_auction
    FOR EACH ROW EXECUTE FUNCTION trading_lot_in_its_cell();
