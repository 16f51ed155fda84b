-- Whether two organisations are connected at an instant: the twin of participants.queries.affiliated, for hot acts in SQL.
CREATE OR REPLACE FUNCTION participants_above(organization bigint, threshold_bps int, at timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above(id) AS (
        SELECT participants_above.organization
        UNION
        SELECT s.owner_id FROM participants_ownershipstake s JOIN above ON s.owned_id = above.id
        WHERE s.share_bps >= threshold_bps AND s.effective_from <= at AND (s.effective_to IS NULL OR at < s.effective_to)
    )
    SELECT id FROM above
$$;

CREATE OR REPLACE FUNCTION participants_affiliated(a bigint, b bigint, threshold_bps int, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT a = b
        OR EXISTS (SELECT participants_above(a, threshold_bps, at) INTERSECT SELECT participants_above(b, threshold_bps, at))
        OR EXISTS (
            SELECT 1 FROM participants_membership m JOIN participants_membership n ON n.person_id = m.person_id
            WHERE m.organization_id = a AND n.organization_id = b
              AND m.effective_from <= at AND (m.effective_to IS NULL OR at < m.effective_to)
              AND n.effective_from <= at AND (n.effective_to IS NULL OR at < n.effective_to))
$$;

-- A party's credit band, for sums that depend on it.
CREATE OR REPLACE FUNCTION participants_band(organization bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT o.band FROM participants_organization o WHERE o.id = participants_band.organization
$$;

-- The unscoped figure of a venue's rules in force at an instant, else its parent's.
CREATE OR REPLACE FUNCTION participants_figure(venue bigint, key text, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT p.value FROM participants_parameter p JOIN participants_venue v ON v.id = participants_figure.venue
    WHERE p.venue_id IN (v.id, v.parent_id) AND p.key = participants_figure.key AND p.scope = ''
      AND p.effective_from <= at AND (p.effective_to IS NULL OR at < p.effective_to)
    ORDER BY p.venue_id = v.id DESC LIMIT 1
$$;
