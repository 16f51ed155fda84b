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

-- Money in and its recall close together or not at all: same reference, opposite sums, each naming the other, judged when all is written.
CREATE OR REPLACE FUNCTION settlement_suspense_matched_in_pairs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM settlement_suspense o JOIN settlement_banknotice theirs ON theirs.id = o.notice_id
      JOIN settlement_banknotice ours ON ours.id = NEW.notice_id
     WHERE o.id = NEW.matched_with_id AND o.matched_with_id = NEW.id AND o.status = 'matched' AND o.amount_fen = -NEW.amount_fen
       AND theirs.reference = ours.reference AND least(theirs.kind, ours.kind) = 'credit' AND greatest(theirs.kind, ours.kind) = 'recalled') THEN
    RAISE EXCEPTION 'settlement.suspense: % is matched with what does not cancel it', NEW.code USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS settlement_suspense_matched_in_pairs ON settlement_suspense;
CREATE CONSTRAINT TRIGGER settlement_suspense_matched_in_pairs AFTER UPDATE ON settlement_suspense DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.status = 'matched') EXECUTE FUNCTION settlement_suspense_matched_in_pairs();
