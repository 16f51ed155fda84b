-- Whether a sign-in holds one of the roles for an organisation at an instant: predicates.holds, asked by hot acts in SQL.
CREATE OR REPLACE FUNCTION participants_holds(user_id bigint, organization bigint, roles text[], at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM participants_user u JOIN participants_membership m ON m.person_id = u.person_id
        WHERE u.id = $1 AND u.is_active AND m.organization_id = $2 AND m.role = ANY ($3)
          AND m.effective_from <= $4 AND (m.effective_to IS NULL OR $4 < m.effective_to));
END $$;
