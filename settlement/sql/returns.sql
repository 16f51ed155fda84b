-- What is set aside goes back to its buyer by two persons only: a trade that was taken up, or could not be, is refunded out of its escrow
-- when a second person has confirmed exactly that sum; and a settlement is set down only on that word.
CREATE OR REPLACE FUNCTION settlement_refund_two_persons() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  taken record; untaken record;
BEGIN
  SELECT s.subject, s.status INTO taken FROM settlement_settlement s WHERE s.trade_id = NEW.trade_id;
  SELECT u.subject, u.parked_at INTO untaken FROM settlement_uncollected u WHERE u.trade_id = NEW.trade_id;
  IF taken.subject IS NULL AND untaken.parked_at IS NULL AND NEW.cause <> 'settlement.dead_letter.returned' THEN
    RETURN NEW;  -- its delivery failed: the whole price goes back by rule
  END IF;
  IF taken.status <> 'returned' THEN
    RAISE EXCEPTION 'settlement.refund: trade % is taken up and not set down', taken.subject USING ERRCODE = 'check_violation';
  END IF;
  IF coalesce(taken.subject, untaken.subject) IS NOT NULL AND NOT participants_second_person('settlement.dead_letter.return',
       coalesce(taken.subject, untaken.subject), 'amount_fen', NEW.amount_fen::text) THEN
    RAISE EXCEPTION 'settlement.refund: trade % goes back without a second person', coalesce(taken.subject, untaken.subject)
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_refund_two_persons BEFORE INSERT ON settlement_refund
  FOR EACH ROW EXECUTE FUNCTION settlement_refund_two_persons();

CREATE OR REPLACE FUNCTION settlement_set_down_two_persons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT participants_second_person('settlement.dead_letter.return', NEW.subject, 'trade', NEW.subject) THEN
    RAISE EXCEPTION 'settlement: % is set down without a second person', NEW.code USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_set_down_two_persons BEFORE UPDATE ON settlement_settlement
  FOR EACH ROW WHEN (NEW.status = 'returned' AND OLD.status IS DISTINCT FROM 'returned') EXECUTE FUNCTION settlement_set_down_two_persons();
