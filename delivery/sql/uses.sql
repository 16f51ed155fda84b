-- I20: nothing is used but under a paid, unexpired, unended licence, for a purpose it names, while no stop stands; at that very instant.
CREATE OR REPLACE FUNCTION delivery_use_obstacle(one bigint, purpose text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM delivery_accessstop s WHERE s.delivery_id = one AND s.ended_at IS NULL) THEN
        RETURN 'stopped';
    END IF;
    RETURN (SELECT CASE WHEN d.status IN ('failed', 'cancelled', 'rejected') THEN d.status
                        ELSE trading_use_obstacle(d.trade_id, purpose, (SELECT market_now())) END
            FROM delivery_delivery d WHERE d.id = one);
END $$;

CREATE OR REPLACE FUNCTION delivery_used_under_a_licence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := to_jsonb(NEW);
    one bigint := CASE TG_ARGV[0] WHEN 'grant_id' THEN (SELECT g.delivery_id FROM delivery_accessgrant g WHERE g.id = (said ->> 'grant_id')::bigint)
                                  ELSE (said ->> TG_ARGV[0])::bigint END;
    code text := delivery_use_obstacle(one, coalesce(said ->> 'purpose', ''));
BEGIN
    IF code <> '' THEN
        RAISE EXCEPTION 'delivery %: a use without a licence (%)', one, code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_used_under_a_licence BEFORE INSERT ON delivery_grantuse FOR EACH ROW
    WHEN (NEW.outcome = 'used') EXECUTE FUNCTION delivery_used_under_a_licence('grant_id');
CREATE OR REPLACE TRIGGER delivery_called_under_a_licence BEFORE INSERT ON delivery_datause FOR EACH ROW
    WHEN (NEW.refused = '') EXECUTE FUNCTION delivery_used_under_a_licence('delivery_id');
CREATE OR REPLACE TRIGGER delivery_asked_under_a_licence BEFORE INSERT ON delivery_roomquery FOR EACH ROW
    EXECUTE FUNCTION delivery_used_under_a_licence('delivery_id');
