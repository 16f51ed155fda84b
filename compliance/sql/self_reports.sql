-- A fault its author reported before anyone accused it ends in no lesser finding (R82): the database refuses one, whoever writes it.
CREATE OR REPLACE FUNCTION compliance_finding_spares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM compliance_conductcase c
               JOIN compliance_selfreport r ON r.organization_id = c.organization_id AND r.subject_code = c.subject_code AND r.at <= c.opened_at
               WHERE c.id = NEW.case_id) THEN
        RAISE EXCEPTION 'finding %: reported by itself before the case was opened', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_finding_spares BEFORE INSERT ON compliance_finding FOR EACH ROW
    WHEN (NEW.severity <> 'serious' AND NEW.authority_document = '') EXECUTE FUNCTION compliance_finding_spares();
