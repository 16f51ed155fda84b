-- Named seats (R121): never more at once than the agreement says, and no file for a person without one where it says so.
CREATE OR REPLACE FUNCTION delivery_seats(one bigint) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT trading_seats(d.trade_id) FROM delivery_delivery d WHERE d.id = one);
END $$;

CREATE OR REPLACE FUNCTION delivery_seat_is_free() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM delivery_delivery d WHERE d.id = NEW.delivery_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM delivery_seat s WHERE s.delivery_id = NEW.delivery_id AND s.ended_at IS NULL)
            >= coalesce(delivery_seats(NEW.delivery_id), 0) THEN
        RAISE EXCEPTION 'delivery %: no seat is free', NEW.delivery_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_seat_is_free BEFORE INSERT ON delivery_seat FOR EACH ROW EXECUTE FUNCTION delivery_seat_is_free();

CREATE OR REPLACE FUNCTION delivery_seat_stays_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'seat %: an end is final', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER delivery_seat_stays_ended BEFORE UPDATE ON delivery_seat FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION delivery_seat_stays_ended();

CREATE OR REPLACE FUNCTION delivery_used_by_the_seated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    handed bigint := (SELECT g.delivery_id FROM delivery_accessgrant g WHERE g.id = NEW.grant_id);
BEGIN
    IF delivery_seats(handed) IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM delivery_seat s WHERE s.delivery_id = handed AND s.ended_at IS NULL AND s.holder = split_part(NEW.person, '/', 2)) THEN
        RAISE EXCEPTION 'delivery %: % has no seat', handed, NEW.person USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_used_by_the_seated BEFORE INSERT ON delivery_grantuse FOR EACH ROW
    WHEN (NEW.outcome = 'used') EXECUTE FUNCTION delivery_used_by_the_seated();
