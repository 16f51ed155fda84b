-- The names under which papers know an organisation that is registered abroad; NULL for everyone at home (R64).
CREATE OR REPLACE FUNCTION participants_names_abroad(organization bigint) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT array_remove(ARRAY[o.code, o.name, o.name_en]::text[], '') FROM participants_organization o
            WHERE o.id = organization AND o.kind = 'foreign');
END $$;
