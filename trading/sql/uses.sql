-- What a trade has against its being used now, for the rooms that hand it over (I20): paid for and not undone, its agreement in force and
-- within its term, the purpose named among the agreed ones. '' where nothing; a trade from before agreements is judged by its payment alone.
CREATE OR REPLACE FUNCTION trading_use_obstacle(wanted bigint, purpose text, at timestamptz) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    paid text := (SELECT s.status FROM trading_tradestate s WHERE s.trade_id = wanted);
    deed trading_agreement;
BEGIN
    IF paid IS DISTINCT FROM 'funded' THEN
        RETURN 'unpaid';
    END IF;
    SELECT * INTO deed FROM trading_agreement a WHERE a.trade_id = wanted;
    IF NOT FOUND THEN
        RETURN '';
    END IF;
    IF NOT (deed.status = 'in_force' OR (deed.status = 'terminating' AND deed.ground <> 'law')) THEN
        RETURN 'not_in_force';
    END IF;
    IF deed.term_to IS NOT NULL AND deed.term_to <= at THEN
        RETURN 'expired';
    END IF;
    IF purpose <> '' AND jsonb_array_length(coalesce(deed.terms -> 'purposes', '[]')) > 0
            AND NOT coalesce(deed.terms -> 'purposes', '[]') ? purpose THEN
        RETURN 'other_purpose';
    END IF;
    RETURN '';
END $$;
