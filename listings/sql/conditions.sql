-- Conditions of a restricted version (R84): '' or why the version may not be on sale. Each condition asked for, at submit or since by a
-- later list, has a row that a reviewer decided as met and that has not come to its end; one no longer asked for is void. A test that
-- failed is no proof, and what counts as personal is not asked for the test but for what personal information needs: it is not on sale
-- on an answer of the list that still took it for anonymised, nor open.
CREATE OR REPLACE FUNCTION listings_condition_obstacle(version bigint, at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (
        SELECT 1 FROM listings_condition c WHERE c.version_id = $1 AND c.status NOT IN ('void', 'failed')
           AND NOT (c.condition = 'reidentification_test_report' AND listings_counts_as_personal($1)) AND NOT EXISTS (
            SELECT 1 FROM listings_condition m WHERE m.version_id = $1 AND m.condition = c.condition AND m.status = 'met'
               AND (m.effective_to IS NULL OR m.effective_to > $2))
    ) OR EXISTS (
        SELECT 1 FROM listings_listingversion v, jsonb_array_elements_text(coalesce(v.screening -> 'conditions', '[]'::jsonb)) asked
         WHERE v.id = $1 AND NOT EXISTS (SELECT 1 FROM listings_condition c WHERE c.version_id = $1 AND c.condition = asked)
    ) THEN 'listings.condition.unmet'
    WHEN listings_counts_as_personal($1) AND (
        (SELECT v.circulation = 'open' FROM listings_listingversion v WHERE v.id = $1)
        OR coalesce((SELECT r.facts ->> 'pi_anonymised' FROM listings_screeningrun r WHERE r.version_id = $1
                     ORDER BY r.at DESC, r.id DESC LIMIT 1), 'true') = 'true'
    ) THEN 'listings.version.counts_as_personal' ELSE '' END
$$;

-- Whoever decides holds the office now and is not the real person who handed the proof in; what was decided on does not change. A
-- failed test is a decision like any other and is final.
CREATE OR REPLACE FUNCTION listings_condition_decided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decider bigint := participants_person(NEW.decided_by_id);
BEGIN
    IF OLD.status IN ('met', 'lapsed', 'void', 'failed') AND (to_jsonb(NEW) - ARRAY['status', 'due_at'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['status', 'due_at']) THEN
        RAISE EXCEPTION 'condition % was decided: its proof and decision stand', OLD.code USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.status IN ('met', 'failed') AND OLD.status NOT IN ('met', 'failed') THEN
        IF decider IS NULL OR NOT participants_person_holds(decider, ARRAY['compliance_officer', 'regulator'], '', NEW.decided_at) THEN
            RAISE EXCEPTION 'condition % is decided by whoever reviews', OLD.code USING ERRCODE = 'integrity_constraint_violation';
        ELSIF decider = participants_person(NEW.provided_by_id) THEN
            RAISE EXCEPTION 'condition % is not decided by the person who proved it', OLD.code USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_condition_decided BEFORE UPDATE ON listings_condition
    FOR EACH ROW EXECUTE FUNCTION listings_condition_decided();
