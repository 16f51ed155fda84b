-- A quote to a challenge comes with its trial answers, a quote to anything else with none: neither is judged without the other.
CREATE OR REPLACE FUNCTION trading_quote_with_its_trial() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked boolean := EXISTS (SELECT 1 FROM trading_challenge c WHERE c.rfq_id = NEW.rfq_id);
    given boolean := EXISTS (SELECT 1 FROM trading_trialentry t WHERE t.quote_id = NEW.id);
BEGIN
    IF asked <> given THEN
        RAISE EXCEPTION 'quote %: trial answers go with a challenge, and only with one', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS trading_quote_with_its_trial ON trading_quote;
CREATE CONSTRAINT TRIGGER trading_quote_with_its_trial AFTER INSERT ON trading_quote DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION trading_quote_with_its_trial();

-- Marks are given when the round is over, once.
CREATE OR REPLACE FUNCTION trading_trial_marked_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.mark_ppm IS NOT NULL THEN
        RAISE EXCEPTION 'trial %: marked already', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    PERFORM 1 FROM trading_quote q JOIN trading_rfq r ON r.id = q.rfq_id WHERE q.id = OLD.quote_id AND r.status = 'evaluating';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'trial %: its round is not over', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_trial_marked_once BEFORE UPDATE OF mark_ppm ON trading_trialentry FOR EACH ROW
    EXECUTE FUNCTION trading_trial_marked_once();

-- Nobody is awarded a challenge below the mark that its invitation names.
CREATE OR REPLACE FUNCTION trading_challenge_least() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM trading_challenge c LEFT JOIN trading_trialentry t ON t.quote_id = NEW.id
        WHERE c.rfq_id = NEW.rfq_id AND (t.mark_ppm IS NULL OR t.mark_ppm < c.least_ppm);
    IF FOUND THEN
        RAISE EXCEPTION 'quote %: below the least mark of its challenge', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_challenge_least BEFORE UPDATE OF status ON trading_quote FOR EACH ROW WHEN (NEW.status = 'won')
    EXECUTE FUNCTION trading_challenge_least();
