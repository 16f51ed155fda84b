-- Whether a declaration and commitment covers a subject at an instant: the SQL twin of compliance.queries.declaration_in_force,
-- asked by the gates of rooms above (a listing on sale, I16).
CREATE OR REPLACE FUNCTION compliance_declaration_in_force(organization bigint, subject text, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM compliance_declaration d
        WHERE d.organization_id = compliance_declaration_in_force.organization
          AND d.subject IN (compliance_declaration_in_force.subject, '')
          AND d.effective_from <= at AND d.effective_to > at AND (d.ended_at IS NULL OR d.ended_at > at)
          AND d.status NOT IN ('draft', 'discarded'))
$$;
