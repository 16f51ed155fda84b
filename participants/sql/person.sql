-- The real person behind a sign-in, and whether that person holds a role (with a capability) at an instant: what other
-- rooms' triggers ask when persons must differ (I18). NULL for a sign-in without a person or switched off.
CREATE OR REPLACE FUNCTION participants_person(account bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT u.person_id FROM participants_user u WHERE u.id = account AND u.is_active
$$;
CREATE OR REPLACE FUNCTION participants_person_holds(person bigint, roles text[], capability text, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM participants_membership m
        WHERE m.person_id = person AND m.role = ANY (roles) AND (capability = '' OR capability = ANY (m.capabilities))
          AND m.effective_from <= at AND (m.effective_to IS NULL OR at < m.effective_to))
$$;
