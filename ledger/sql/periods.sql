-- A closed period takes nothing more: no transfer bears an instant at or before the last closing, and closings only go forward.
CREATE OR REPLACE FUNCTION ledger_period_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE closed timestamptz;
BEGIN
  SELECT max(c.until) INTO closed FROM ledger_closing c;
  IF closed IS NOT NULL AND EXISTS (SELECT 1 FROM fresh f WHERE f.at <= closed) THEN
    RAISE EXCEPTION 'ledger.period_closed: the books are closed until %', closed USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_period_guard AFTER INSERT ON ledger_transfer
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_period_guard();

CREATE OR REPLACE FUNCTION ledger_closing_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_closing c WHERE c.until >= NEW.until) OR NEW.until > NEW.at THEN
    RAISE EXCEPTION 'ledger.period_backwards: a closing comes after the last one and not before its time' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER ledger_closing_forward BEFORE INSERT ON ledger_closing
  FOR EACH ROW EXECUTE FUNCTION ledger_closing_forward();
