-- A clearance that rests on a recognised certificate or on binding rules holds while the entry does (R108), whoever writes it.
CREATE OR REPLACE FUNCTION compliance_rests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM compliance_exportrecognition r WHERE r.id = NEW.recognition_id AND r.status = 'in_force'
                   AND r.country = NEW.country AND NEW.effective_to <= r.effective_to) THEN
        RAISE EXCEPTION 'export case %: what it rests on is not in force for its place and term', NEW.code
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_rests BEFORE INSERT OR UPDATE ON compliance_exportcase FOR EACH ROW
    WHEN (NEW.status = 'cleared' AND NEW.recognition_id IS NOT NULL) EXECUTE FUNCTION compliance_rests();

CREATE OR REPLACE FUNCTION compliance_nothing_rests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM compliance_exportcase c WHERE c.recognition_id = OLD.id AND c.status = 'cleared') THEN
        RAISE EXCEPTION 'recognition %: a clearance still rests on it', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_nothing_rests BEFORE UPDATE OF status ON compliance_exportrecognition FOR EACH ROW
    WHEN (OLD.status = 'in_force' AND NEW.status <> 'in_force') EXECUTE FUNCTION compliance_nothing_rests();
