-- I20 for services: a call is answered under a paid, unexpired, unended licence while no stop stands; its purpose is one the service declares.
CREATE OR REPLACE FUNCTION delivery_answered_under_a_licence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    code text := delivery_use_obstacle(NEW.delivery_id, '');
BEGIN
    IF code <> '' THEN
        RAISE EXCEPTION 'delivery %: a call without a licence (%)', NEW.delivery_id, code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_answered_under_a_licence BEFORE INSERT ON delivery_servicecall FOR EACH ROW
    EXECUTE FUNCTION delivery_answered_under_a_licence();
