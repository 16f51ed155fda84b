-- What a buyer owes once for being registered at a venue (G2): the figure that held on the day it registered, the venue's own before its
-- parent's, and nothing once it is paid. The row that says it is paid carries exactly that.
CREATE OR REPLACE FUNCTION participants_enrolment_fee(party bigint, house bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT (p.value #>> '{}')::bigint FROM participants_parameter p JOIN participants_venue v ON v.id = house
        WHERE p.key = 'fee.registration_buyer_fen' AND p.scope = '' AND p.venue_id IN (v.id, v.parent_id)
          AND p.effective_from <= o.created_at AND (p.effective_to IS NULL OR p.effective_to > o.created_at)
        ORDER BY p.venue_id = v.id DESC LIMIT 1), 0)
    FROM participants_organization o WHERE o.id = party
$$;

CREATE OR REPLACE FUNCTION participants_enrolment_due(party bigint, house bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT 1 FROM participants_enrolment e WHERE e.organization_id = party AND e.venue_id = house) THEN 0
        ELSE participants_enrolment_fee(party, house) END
$$;

CREATE OR REPLACE FUNCTION participants_enrolment_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount_fen <> participants_enrolment_fee(NEW.organization_id, NEW.venue_id) THEN
        RAISE EXCEPTION 'enrolment % is not at the figure of the day the buyer registered', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER participants_enrolment_at_its_figure BEFORE INSERT ON participants_enrolment
    FOR EACH ROW EXECUTE FUNCTION participants_enrolment_check();
