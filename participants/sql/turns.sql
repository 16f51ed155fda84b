-- The next instant after `at` at which time alone may change what the gates of this room say of a person (by sign-in) and an
-- organisation; NULL = none is known. Every instant of every row those gates read, whichever way it turns them: too early costs one more
-- look, too late would let somebody in. A table read by a gate is named here and marked below (tests/trading/test_passes.py).
CREATE OR REPLACE FUNCTION participants_turn(user_key bigint, organization bigint, at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT min(turn) FROM (
        SELECT unnest(ARRAY[m.effective_from, m.effective_to]) FROM participants_user u
          JOIN participants_membership m ON m.person_id = u.person_id WHERE u.id = user_key AND m.organization_id = $2
        UNION ALL SELECT unnest(ARRAY[s.effective_from, s.effective_to]) FROM participants_user u
          JOIN participants_spendinglimit s ON s.person_id = u.person_id WHERE u.id = user_key AND s.organization_id = $2
        UNION ALL SELECT unnest(ARRAY[a.effective_from, a.effective_to]) FROM participants_admission a WHERE a.organization_id = $2
        UNION ALL SELECT n.needed_from FROM participants_admission a JOIN participants_proofneed n ON n.admission_id = a.id
          WHERE a.organization_id = $2
        UNION ALL SELECT unnest(ARRAY[p.effective_from, p.effective_to]) FROM participants_proof p WHERE p.organization_id = $2
        UNION ALL SELECT unnest(ARRAY[h.placed_at, h.until, h.lifted_at]) FROM participants_capabilityhold h WHERE h.organization_id = $2
    ) AS instants (turn) WHERE turn > $3);
END $$;

-- A sign-in is written at every visit; a gate reads whose it is and whether it is open.
CREATE OR REPLACE TRIGGER participants_user_gate_moved AFTER UPDATE OF is_active, person_id ON participants_user
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_organization_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_organization
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_membership_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_membership
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_admission_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_admission
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_proofneed_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_proofneed
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_proof_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_proof
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_capabilityhold_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_capabilityhold
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_spendinglimit_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_spendinglimit
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER participants_approval_gate_moved AFTER INSERT OR UPDATE OR DELETE ON participants_approval
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
