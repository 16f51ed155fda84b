-- A fault its author reported before anyone accused it is found no heavier than the table of mitigation allows (R82): the database refuses
-- a heavier finding, whoever writes it. In a pilot nothing lesser is found at all; outside, a minor fault is not, an ordinary one is minor.
CREATE OR REPLACE FUNCTION compliance_finding_spares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM compliance_conductcase c
               JOIN compliance_selfreport r ON r.organization_id = c.organization_id AND r.subject_code = c.subject_code
                    AND r.at <= c.opened_at AND r.conduct IN ('', c.conduct)
               WHERE c.id = NEW.case_id
                 AND (r.setting = 'pilot' OR c.alleged = 'minor' OR (c.alleged = 'ordinary' AND NEW.severity = 'ordinary'))
                 AND NOT EXISTS (SELECT 1 FROM compliance_selfreportcheck k WHERE k.report_id = r.id AND NOT k.stands)) THEN
        RAISE EXCEPTION 'finding %: reported by itself before the case was opened', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_finding_spares BEFORE INSERT ON compliance_finding FOR EACH ROW
    WHEN (NEW.severity <> 'serious' AND NEW.authority_document = '') EXECUTE FUNCTION compliance_finding_spares();
