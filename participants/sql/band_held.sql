-- A party's credit band, its row held until the caller's transaction ends: two sums that depend on it are never added up at once.
CREATE OR REPLACE FUNCTION participants_band_held(organization bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    held text;
BEGIN
    SELECT o.band INTO held FROM participants_organization o WHERE o.id = participants_band_held.organization FOR NO KEY UPDATE;
    RETURN held;
END $$;
