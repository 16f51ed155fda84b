-- Money without an owner is booked to whom a second person confirmed, and never to a venue: customers' money does not become its own.
CREATE OR REPLACE FUNCTION settlement_suspense_two_persons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF participants_keeps_a_venue(NEW.proposed_to) OR participants_keeps_a_venue(NEW.cleared_to) THEN
    RAISE EXCEPTION 'settlement.suspense.venue: customers'' money never becomes the venue''s' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'cleared' AND OLD.status <> 'cleared'
     AND NOT participants_second_person('settlement.suspense.clear', NEW.code, 'organization', NEW.cleared_to) THEN
    RAISE EXCEPTION 'settlement.suspense: cleared to % without a second person', NEW.cleared_to USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_suspense_two_persons BEFORE UPDATE ON settlement_suspense
  FOR EACH ROW EXECUTE FUNCTION settlement_suspense_two_persons();
