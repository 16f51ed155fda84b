-- Outputs leave by two who are not the author's (F9): each of another person and another organisation, and a third where they differ.
CREATE OR REPLACE FUNCTION delivery_opinion_is_anothers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    SELECT o.status, o.author_id, o.organization_id, d.buyer_id INTO held
        FROM delivery_output o JOIN delivery_delivery d ON d.id = o.delivery_id WHERE o.id = NEW.output_id FOR NO KEY UPDATE OF o;
    IF held.status NOT IN ('in_review', 'escalated') THEN
        RAISE EXCEPTION 'output %: nobody is asked', NEW.output_id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reviewer_id = held.author_id OR NEW.organization_id IN (held.organization_id, held.buyer_id) THEN
        RAISE EXCEPTION 'output %: its author does not review it', NEW.output_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_opinion_is_anothers BEFORE INSERT ON delivery_outputopinion
    FOR EACH ROW EXECUTE FUNCTION delivery_opinion_is_anothers();

CREATE OR REPLACE FUNCTION delivery_output_needs_both() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text[] := (SELECT coalesce(array_agg(p.verdict ORDER BY p.verdict), '{}') FROM delivery_outputopinion p WHERE p.output_id = NEW.id);
    agreed boolean := said = ARRAY['release', 'release']::text[];
    third boolean := said = ARRAY['release', 'withhold']::text[] AND NEW.decided_by_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM delivery_outputopinion p WHERE p.output_id = NEW.id AND p.reviewer_id = NEW.decided_by_id);
BEGIN
    IF NOT (agreed AND OLD.status <> 'differing' OR third AND OLD.status = 'differing') THEN
        RAISE EXCEPTION 'output %: a release needs both opinions, or a third where they differ', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER delivery_output_needs_both BEFORE UPDATE ON delivery_output FOR EACH ROW
    WHEN (NEW.status = 'released' AND OLD.status <> 'released') EXECUTE FUNCTION delivery_output_needs_both();
