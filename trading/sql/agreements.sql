-- What the database itself refuses about agreements: a signature under another text, and being in force without both signatures (F1, F3).

CREATE OR REPLACE FUNCTION trading_signs_what_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    deed record;
BEGIN
    SELECT code, status, terms_hash INTO deed FROM trading_agreement WHERE id = NEW.agreement_id;
    IF deed.terms_hash <> NEW.terms_hash THEN
        RAISE EXCEPTION 'agreement %: what is signed is another text', deed.code USING ERRCODE = 'check_violation';
    ELSIF deed.status <> 'drafted' THEN
        RAISE EXCEPTION 'agreement %: signed before it is in force, or never', deed.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_signature_text BEFORE INSERT ON trading_signature FOR EACH ROW
    EXECUTE FUNCTION trading_signs_what_stands();

CREATE OR REPLACE FUNCTION trading_both_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM trading_signature WHERE agreement_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'agreement %: both sides sign before it is in force', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_agreement_signed BEFORE UPDATE OF status ON trading_agreement FOR EACH ROW
    WHEN (OLD.status = 'drafted' AND NEW.status = 'in_force') EXECUTE FUNCTION trading_both_signed();
