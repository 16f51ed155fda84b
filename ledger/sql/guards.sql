-- What the books refuse whoever writes: an insert of postings is judged as a whole, once per statement.
-- The balance row comes with the account, and may_overdraw follows from its kind, so no caller can grant itself credit.

CREATE OR REPLACE FUNCTION ledger_posting_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE fault text; currencies bigint;
BEGIN
  -- each account is looked up once, however many legs it has; only a mixed insert is added up by currency
  SELECT CASE WHEN bool_or(a.id IS NULL) THEN 'ledger.unknown_account' END, count(DISTINCT a.currency) INTO fault, currencies
    FROM (SELECT DISTINCT l.account_id FROM fresh l) d LEFT JOIN ledger_account a ON a.id = d.account_id;
  IF fault IS NULL THEN
    SELECT CASE
             WHEN bool_or(g.total <> 0) THEN 'ledger.unbalanced'
             WHEN bool_or(t.legs IS DISTINCT FROM g.legs OR g.last <> g.legs) THEN 'ledger.unknown_transfer'  -- absent, or closed already
           END INTO fault
      FROM (SELECT l.transfer_id, sum(l.amount_fen) AS total, count(*) AS legs, max(l.leg) AS last FROM fresh l GROUP BY l.transfer_id) g
      LEFT JOIN ledger_transfer t ON t.id = g.transfer_id;
  END IF;
  IF fault IS NULL AND currencies > 1 AND EXISTS (
       SELECT 1 FROM fresh l JOIN ledger_account a ON a.id = l.account_id
        GROUP BY l.transfer_id, a.currency HAVING sum(l.amount_fen) <> 0) THEN
    fault := 'ledger.unbalanced';
  END IF;
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION '%: postings refused', fault USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_posting_guard AFTER INSERT ON ledger_posting
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_posting_guard();

CREATE OR REPLACE FUNCTION ledger_account_opened() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO ledger_balance (account_id, posted_fen, reserved_fen, may_overdraw)
  VALUES (NEW.id, 0, 0, NEW.kind IN ('bank', 'suspense', 'set_off'));
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER ledger_account_opened AFTER INSERT ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_account_opened();

-- The application moves money through the functions only.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_transfer, ledger_posting, ledger_balance FROM dx_app;
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_account FROM dx_app;
