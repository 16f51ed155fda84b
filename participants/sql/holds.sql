-- Whether a sign-in holds one of the roles for an organisation at an instant: predicates.holds, asked by hot acts in SQL.
CREATE OR REPLACE FUNCTION participants_holds(user_id bigint, organization bigint, roles text[], at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM participants_membership m JOIN participants_user u ON u.person_id = m.person_id
        WHERE u.id = participants_holds.user_id AND u.is_active AND m.organization_id = participants_holds.organization
          AND m.role = ANY (participants_holds.roles) AND m.effective_from <= at AND (m.effective_to IS NULL OR at < m.effective_to))
$$;
