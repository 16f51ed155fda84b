-- By which profile a venue trades, for the rooms that open methods by it (rules E.1).
CREATE OR REPLACE FUNCTION participants_venue_profile(wanted bigint) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT v.profile FROM participants_venue v WHERE v.id = wanted);
END $$;
