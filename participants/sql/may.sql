-- Whether an organisation may use a capability at an instant: '' or the code of the refusal. The one truth for
-- participants.queries.may and for the hot acts of other rooms (bids, deliveries). A bid asks twice, for the buyer and for the
-- seller, so everything is looked at by one statement.
--
-- An admission opens what its class opens (rows from before classes: what their role opens), as long as every proof it rests
-- on for that capability is in force at the instant (A5): nothing has to run at the deadline for the door to be shut.
CREATE OR REPLACE FUNCTION participants_may(organization bigint, capability text, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    standing text;
    closed boolean;
    affiliate boolean;
    proven boolean;
    held boolean;
    classes text[] := CASE capability
        WHEN 'bid' THEN ARRAY['buyer']
        WHEN 'list' THEN ARRAY['data_merchant', 'public_data_operator']
        WHEN 'deliver' THEN ARRAY['data_merchant', 'public_data_operator']
        WHEN 'withdraw' THEN ARRAY['data_merchant', 'public_data_operator', 'buyer', 'service_provider', 'trustee']
    END;
BEGIN
    SELECT o.standing, o.closed_at IS NOT NULL, o.is_venue_affiliate,
           (SELECT bool_or(NOT EXISTS (
                SELECT 1 FROM participants_proofneed n
                WHERE n.admission_id = a.id AND n.needed_from <= $3 AND $2 = ANY (n.capabilities)
                  AND NOT EXISTS (SELECT 1 FROM participants_proof p
                                  WHERE p.organization_id = $1 AND p.item = n.item AND p.status IN ('accepted', 'expired')
                                    AND p.effective_from <= $3 AND (p.effective_to IS NULL OR $3 < p.effective_to))))
              FROM participants_admission a
             WHERE a.organization_id = o.id AND a.role = ANY (classes) AND a.status = 'admitted'
               AND (a.capabilities = '{}' OR $2 = ANY (a.capabilities))
               AND a.effective_from <= $3 AND (a.effective_to IS NULL OR $3 < a.effective_to)),
           EXISTS (SELECT 1 FROM participants_capabilityhold h
                   WHERE h.organization_id = o.id AND h.capability = $2
                     AND h.placed_at <= $3 AND (h.lifted_at IS NULL OR $3 < h.lifted_at) AND (h.until IS NULL OR $3 < h.until))
      INTO standing, closed, affiliate, proven, held FROM participants_organization o WHERE o.id = $1;
    IF NOT FOUND THEN
        RETURN 'participants.organization.absent';
    ELSIF closed THEN
        RETURN 'participants.organization.closed';
    ELSIF affiliate AND capability IN ('list', 'bid') THEN
        RETURN 'participants.capability.venue_affiliate';
    ELSIF classes IS NULL THEN
        RAISE EXCEPTION 'unknown capability %', capability;
    ELSIF proven IS NULL THEN
        RETURN 'participants.capability.not_admitted';
    ELSIF NOT proven THEN
        RETURN 'participants.capability.proof_expired';
    -- Money already earned and duties already taken on survive a fall in standing; new business does not.
    ELSIF standing IN ('suspended', 'restricted') AND capability IN ('list', 'bid') THEN
        RETURN CASE standing WHEN 'suspended' THEN 'participants.standing.suspended' ELSE 'participants.standing.restricted' END;
    ELSIF held THEN
        RETURN 'participants.capability.held';
    END IF;
    RETURN '';
END $$;
