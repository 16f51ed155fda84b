-- Whether an organisation may use a capability at an instant: '' or the code of the refusal. The one truth for
-- participants.queries.may and for the hot acts of other rooms (bids, deliveries).
CREATE OR REPLACE FUNCTION participants_may(organization bigint, capability text, at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    party record;
    classes text[];
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
    IF NOT EXISTS (
        SELECT 1 FROM participants_admission a
        WHERE a.organization_id = participants_may.organization AND a.role = ANY (classes) AND a.status = 'admitted'
          AND a.effective_from <= at AND (a.effective_to IS NULL OR at < a.effective_to)
    ) THEN
        RETURN 'participants.capability.not_admitted';
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
