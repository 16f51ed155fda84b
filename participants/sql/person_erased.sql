-- The hash that knows a person again is fixed for good, except once: when the person is erased it is overwritten.
CREATE OR REPLACE FUNCTION participants_person_key_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.name = '' AND NEW.name_en = '' AND NEW.real_name_key LIKE 'erased:%' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a person''s key changes only when the person is erased, and an erased person stays erased'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER participants_person_key_fixed BEFORE UPDATE ON participants_person
    FOR EACH ROW WHEN (OLD.real_name_key IS DISTINCT FROM NEW.real_name_key OR OLD.erased_at IS DISTINCT FROM NEW.erased_at
                       OR (OLD.erased_at IS NOT NULL AND (OLD.name, OLD.name_en) IS DISTINCT FROM (NEW.name, NEW.name_en)))
    EXECUTE FUNCTION participants_person_key_fixed();
