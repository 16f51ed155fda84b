-- Receipts are numbered within a venue and a year from 1 without a hole: the next number is the one after the last, whoever writes it.
-- Two at once want the same number; the unique key lets the second in only if the first is undone.
CREATE OR REPLACE FUNCTION settlement_receipt_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> 1 + coalesce((SELECT max(r.number) FROM settlement_receipt r WHERE r.venue_id = NEW.venue_id AND r.year = NEW.year), 0) THEN
    RAISE EXCEPTION 'settlement: receipt % of % is not the next number', NEW.number, NEW.year USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_receipt_next BEFORE INSERT ON settlement_receipt
  FOR EACH ROW EXECUTE FUNCTION settlement_receipt_next();
