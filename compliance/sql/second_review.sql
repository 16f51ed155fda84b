-- Who stood back from a case decides nothing in it (I18), by whatever account: the real person behind the sign-in counts.
CREATE OR REPLACE FUNCTION compliance_finding_not_recused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM compliance_recusal r
               WHERE r.case_id = NEW.case_id
                 AND (r.user_id IN (NEW.decided_by_id, NEW.second_id)
                      OR participants_person(r.user_id) IN (participants_person(NEW.decided_by_id), participants_person(NEW.second_id)))) THEN
        RAISE EXCEPTION 'finding %: decided by somebody who stood back from the case', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_finding_not_recused BEFORE INSERT ON compliance_finding
    FOR EACH ROW EXECUTE FUNCTION compliance_finding_not_recused();

-- Three who differ and decide are three real persons.
CREATE OR REPLACE FUNCTION compliance_disagreement_persons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(DISTINCT participants_person(one)) FROM unnest(ARRAY[NEW.first_id, NEW.second_id, NEW.third_id]::bigint[]) one) <> 3 THEN
        RAISE EXCEPTION 'disagreement over case %: not three persons', NEW.case_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_disagreement_persons BEFORE INSERT ON compliance_disagreement
    FOR EACH ROW EXECUTE FUNCTION compliance_disagreement_persons();
