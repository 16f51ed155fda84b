-- The next instant after `at` at which time alone may change what the gates of this room say of an organisation; NULL = none is known
-- (as participants/sql/turns.sql).
CREATE OR REPLACE FUNCTION compliance_turn(organization bigint, at timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT min(turn) FROM (
        SELECT unnest(ARRAY[d.effective_from, d.effective_to, d.ended_at]) FROM compliance_declaration d WHERE d.organization_id = $1
        UNION ALL SELECT c.effective_to FROM compliance_exportcase c WHERE c.exporter_id = $1
    ) AS instants (turn) WHERE turn > $2);
END $$;

CREATE OR REPLACE TRIGGER compliance_declaration_gate_moved AFTER INSERT OR UPDATE OR DELETE ON compliance_declaration
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER compliance_exportcase_gate_moved AFTER INSERT OR UPDATE OR DELETE ON compliance_exportcase
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
