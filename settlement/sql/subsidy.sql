-- No subsidy beyond its fund's rule, whoever writes it: the fund's row is locked, then share, cap of the order and cap of the
-- firm's year are checked against the rows as they are. The fund's account itself cannot be overdrawn (ledger).
CREATE OR REPLACE FUNCTION settlement_subsidy_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  fund record; used bigint;
BEGIN
  SELECT f.status, f.share_bps, f.order_cap_fen, f.year_cap_fen INTO fund FROM settlement_subsidyfund f WHERE f.id = NEW.fund_id
     FOR NO KEY UPDATE;
  SELECT coalesce(sum(CASE WHEN s.status = 'paid' THEN s.paid_fen ELSE s.amount_fen END), 0) INTO used
    FROM settlement_subsidy s WHERE s.fund_id = NEW.fund_id AND s.organization_id = NEW.organization_id AND s.year = NEW.year
     AND s.status <> 'released';
  IF fund.status <> 'open' OR NEW.amount_fen > fund.order_cap_fen OR NEW.amount_fen > settlement_bps(NEW.price_fen, fund.share_bps)
     OR used + NEW.amount_fen > fund.year_cap_fen THEN
    RAISE EXCEPTION 'settlement: a subsidy beyond the rule of its fund' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER settlement_subsidy_within BEFORE INSERT ON settlement_subsidy
  FOR EACH ROW EXECUTE FUNCTION settlement_subsidy_within();
