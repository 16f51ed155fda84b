-- Whether an organisation may use a capability at an instant: '' or the code of the refusal. The one truth for
-- participants.queries.may and for the hot acts of other rooms (bids, deliveries).
--
-- An admission opens what its class opens (rows from before classes: what their role opens), as long as every proof it rests
-- on for that capability is in force at the instant (A5): nothing has to run at the deadline for the door to be shut.
CREATE OR REPLACE FUNCTION participants_may(organization bigint, capability text, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    party record;
    classes text[];
    granted boolean;
    proven boolean;
BEGIN
    SELECT o.standing, o.kind, o.is_venue_affiliate INTO party FROM participants_organization o WHERE o.id = participants_may.organization;
    IF NOT FOUND THEN
        RETURN 'participants.organization.absent';
    END IF;
    IF capability IN ('list', 'bid') AND party.is_venue_affiliate THEN
        RETURN 'participants.capability.venue_affiliate';
    END IF;
    classes := CASE capability
        WHEN 'list' THEN ARRAY['data_merchant', 'public_data_operator']
        WHEN 'deliver' THEN ARRAY['data_merchant', 'public_data_operator']
        WHEN 'bid' THEN ARRAY['buyer']
        WHEN 'withdraw' THEN ARRAY['data_merchant', 'public_data_operator', 'buyer', 'service_provider', 'trustee']
    END;
    IF classes IS NULL THEN
        RAISE EXCEPTION 'unknown capability %', capability;
    END IF;
    SELECT true, bool_or(NOT EXISTS (
            SELECT 1 FROM participants_proofneed n
            WHERE n.admission_id = a.id AND n.needed_from <= at AND participants_may.capability = ANY (n.capabilities)
              AND NOT EXISTS (
                SELECT 1 FROM participants_proof p
                WHERE p.organization_id = participants_may.organization AND p.item = n.item AND p.status IN ('accepted', 'expired')
                  AND p.effective_from <= at AND (p.effective_to IS NULL OR at < p.effective_to))))
        INTO granted, proven
        FROM participants_admission a
        WHERE a.organization_id = participants_may.organization AND a.role = ANY (classes) AND a.status = 'admitted'
          AND (a.capabilities = '{}' OR participants_may.capability = ANY (a.capabilities))
          AND a.effective_from <= at AND (a.effective_to IS NULL OR at < a.effective_to)
        HAVING count(*) > 0;
    IF granted IS NULL THEN
        RETURN 'participants.capability.not_admitted';
    END IF;
    IF NOT proven THEN
        RETURN 'participants.capability.proof_expired';
    END IF;
    -- Money already earned and duties already taken on survive a fall in standing; new business does not.
    IF capability IN ('list', 'bid') AND party.standing = 'suspended' THEN
        RETURN 'participants.standing.suspended';
    END IF;
    IF capability IN ('list', 'bid') AND party.standing = 'restricted' THEN
        RETURN 'participants.standing.restricted';
    END IF;
    IF EXISTS (
        SELECT 1 FROM participants_capabilityhold h
        WHERE h.organization_id = participants_may.organization AND h.capability = participants_may.capability
          AND h.placed_at <= at AND (h.lifted_at IS NULL OR at < h.lifted_at) AND (h.until IS NULL OR at < h.until)
    ) THEN
        RETURN 'participants.capability.held';
    END IF;
    RETURN '';
END $$;
