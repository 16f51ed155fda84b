-- Whether a declaration and commitment covers a subject at an instant: the SQL twin of compliance.queries.declaration_in_force,
-- asked by the gates of rooms above (a listing on sale, I16).
CREATE OR REPLACE FUNCTION compliance_declaration_in_force(organization bigint, subject text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM compliance_declaration d
        WHERE d.organization_id = $1 AND d.subject IN ($2, '')
          AND d.effective_from <= $3 AND d.effective_to > $3 AND (d.ended_at IS NULL OR d.ended_at > $3)
          AND d.status NOT IN ('draft', 'discarded'));
END $$;

-- The same for a subject that changed materially: what was signed before the change does not speak of it any more.
CREATE OR REPLACE FUNCTION compliance_declared_since(organization bigint, subject text, at timestamptz, since timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM compliance_declaration d
        WHERE d.organization_id = $1 AND d.subject IN ($2, '') AND d.effective_from >= $4
          AND d.effective_from <= $3 AND d.effective_to > $3 AND (d.ended_at IS NULL OR d.ended_at > $3)
          AND d.status NOT IN ('draft', 'discarded'));
END $$;
