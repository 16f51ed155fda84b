-- An admission is taken away on the newest finding of a case that is final and serious, and on nothing less (R94, H.4).
CREATE OR REPLACE FUNCTION compliance_expulsion_carried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM compliance_finding f JOIN compliance_conductcase c ON c.id = f.case_id
                   WHERE f.id = NEW.finding_id AND f.severity = 'serious' AND c.status = 'final'
                     AND f.number = (SELECT max(o.number) FROM compliance_finding o WHERE o.case_id = c.id)) THEN
        RAISE EXCEPTION 'sanction %: expulsion needs a final serious finding', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_expulsion_carried BEFORE INSERT ON compliance_sanction FOR EACH ROW
    WHEN (NEW.measure = 'expulsion') EXECUTE FUNCTION compliance_expulsion_carried();
