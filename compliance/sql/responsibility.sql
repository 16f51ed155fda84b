-- What was filed stands as it was filed (R78).
CREATE OR REPLACE FUNCTION compliance_responsibility_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'filed' AND (NEW.answers, NEW.sha256, NEW.filed_at, NEW.late) IS DISTINCT FROM
            (OLD.answers, OLD.sha256, OLD.filed_at, OLD.late) THEN
        RAISE EXCEPTION 'report %: it stands as it was filed', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_responsibility_stands BEFORE UPDATE ON compliance_responsibilityreport
    FOR EACH ROW EXECUTE FUNCTION compliance_responsibility_stands();
