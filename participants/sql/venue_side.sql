-- Whether an organisation is a venue or on the side of one (R53): what rooms above ask before it comes to hold anything.
CREATE OR REPLACE FUNCTION participants_on_venue_side(organization bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT o.is_venue_affiliate FROM participants_organization o WHERE o.id = organization
$$;
