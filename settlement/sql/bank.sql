-- What the database holds of money in and out, whoever writes: no payout is asked for, approved or sent while a reconciliation
-- stands failed or a cycle is blocked; refunds asked for and paid together never exceed what the buyer paid, nor a line what it got.
CREATE OR REPLACE FUNCTION settlement_payout_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (TG_OP = 'INSERT' OR NEW.status IN ('approved', 'sent') AND NEW.status <> OLD.status)
     AND (EXISTS (SELECT 1 FROM settlement_reconciliation r WHERE r.status = 'failed')) THEN
    RAISE EXCEPTION 'settlement.payout.blocked: a reconciliation stands failed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.status = 'sent' AND OLD.status <> 'sent' AND NEW.sent_at < NEW.payable_at THEN
    RAISE EXCEPTION 'settlement.payout.held: its hold is not over' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_payout_gate BEFORE INSERT OR UPDATE ON settlement_payout
  FOR EACH ROW EXECUTE FUNCTION settlement_payout_gate();

CREATE OR REPLACE FUNCTION settlement_refunds_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE paid bigint; asked bigint;
BEGIN
  IF NEW.status IN ('refused', 'withdrawn') THEN RETURN NULL; END IF;
  SELECT s.price_fen + s.buyer_fee_fen INTO paid FROM settlement_settlement s WHERE s.id = NEW.settlement_id FOR NO KEY UPDATE;
  SELECT sum(r.amount_fen) INTO asked FROM settlement_refundrequest r
   WHERE r.settlement_id = NEW.settlement_id AND r.status IN ('requested', 'approved', 'posted');
  IF asked > paid THEN
    RAISE EXCEPTION 'settlement: refunds of % fen exceed the % fen paid', asked, paid USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER settlement_refunds_within AFTER INSERT OR UPDATE ON settlement_refundrequest
  FOR EACH ROW EXECUTE FUNCTION settlement_refunds_within();

CREATE OR REPLACE FUNCTION settlement_refund_line_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one record; got bigint; gives bigint;
BEGIN
  SELECT s.* INTO one FROM settlement_settlement s JOIN settlement_refundrequest r ON r.settlement_id = s.id WHERE r.id = NEW.request_id
    FOR NO KEY UPDATE OF s;
  got := CASE NEW.number WHEN 0 THEN one.seller_fee_fen + one.buyer_fee_fen - one.fee_tax_fen WHEN -1 THEN one.levy_fen WHEN -2 THEN one.fee_tax_fen
         ELSE (SELECT h.amount_fen FROM settlement_share h WHERE h.settlement_id = one.id AND h.number = NEW.number) END;
  SELECT sum(l.amount_fen) INTO gives FROM settlement_refundline l JOIN settlement_refundrequest r ON r.id = l.request_id
   WHERE r.settlement_id = one.id AND l.number = NEW.number;
  IF got IS NULL OR gives > got THEN
    RAISE EXCEPTION 'settlement: line % gives back % fen and got %', NEW.number, gives, got USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER settlement_refund_line_within AFTER INSERT ON settlement_refundline
  FOR EACH ROW EXECUTE FUNCTION settlement_refund_line_within();

-- A line that is paid stays paid.
CREATE OR REPLACE FUNCTION settlement_refund_line_paid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.transfer IS NOT NULL THEN
    RAISE EXCEPTION 'settlement: a paid line of a refund does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_refund_line_paid BEFORE UPDATE ON settlement_refundline
  FOR EACH ROW EXECUTE FUNCTION settlement_refund_line_paid();
