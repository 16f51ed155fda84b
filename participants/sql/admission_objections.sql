-- Who refused an application does not decide the objection to it, under whatever account (A1, I18). The operation says the same in words.
CREATE OR REPLACE FUNCTION participants_objection_decider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decided_by_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM participants_admission a JOIN participants_user r ON r.id = a.refused_by_id
            JOIN participants_user d ON d.id = NEW.decided_by_id
            WHERE a.id = NEW.admission_id AND (r.id = d.id OR r.person_id = d.person_id)) THEN
        RAISE EXCEPTION 'who refused an admission does not decide the objection' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_objection_decider BEFORE INSERT OR UPDATE OF decided_by_id ON participants_admissionobjection
    FOR EACH ROW EXECUTE FUNCTION participants_objection_decider();

-- An objection is to a refusal: the one in force when it was filed.
CREATE OR REPLACE FUNCTION participants_objection_to_refusal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM participants_admission a
                   WHERE a.id = NEW.admission_id AND a.status = 'refused' AND a.ended_at = NEW.refused_at) THEN
        RAISE EXCEPTION 'an objection is to a refusal in force' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_objection_to_refusal BEFORE INSERT ON participants_admissionobjection
    FOR EACH ROW EXECUTE FUNCTION participants_objection_to_refusal();
