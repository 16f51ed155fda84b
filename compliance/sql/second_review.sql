-- Who stood back from a case decides nothing in it (I18), by whatever account: the real person behind the sign-in counts.
CREATE OR REPLACE FUNCTION compliance_finding_not_recused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM compliance_recusal r
               JOIN participants_user stood ON stood.id = r.user_id
               JOIN participants_user acts ON acts.id IN (NEW.decided_by_id, NEW.second_id)
               WHERE r.case_id = NEW.case_id AND (acts.id = stood.id OR acts.person_id = stood.person_id)) THEN
        RAISE EXCEPTION 'finding %: decided by somebody who stood back from the case', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_finding_not_recused BEFORE INSERT ON compliance_finding
    FOR EACH ROW EXECUTE FUNCTION compliance_finding_not_recused();

-- Three who differ and decide are three real persons.
CREATE OR REPLACE FUNCTION compliance_disagreement_persons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(DISTINCT u.person_id) FROM participants_user u WHERE u.id IN (NEW.first_id, NEW.second_id, NEW.third_id)) <> 3 THEN
        RAISE EXCEPTION 'disagreement over case %: not three persons', NEW.case_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_disagreement_persons BEFORE INSERT ON compliance_disagreement
    FOR EACH ROW EXECUTE FUNCTION compliance_disagreement_persons();
