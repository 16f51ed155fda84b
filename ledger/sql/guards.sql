-- What the books refuse whoever writes: an insert of postings is judged as a whole, once per statement.
-- The balance row comes with the account, and may_overdraw follows from its kind, so no caller can grant itself credit.

CREATE OR REPLACE FUNCTION ledger_posting_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE fault text;
BEGIN
  -- one pass over the legs: unknown accounts show as a null currency, a wrong number of legs as a count that differs
  SELECT CASE
           WHEN bool_or(g.currency IS NULL) THEN 'ledger.unknown_account'
           WHEN bool_or(g.total <> 0) THEN 'ledger.unbalanced'
         END INTO fault
    FROM (SELECT l.transfer_id, a.currency, sum(l.amount_fen) AS total
            FROM fresh l LEFT JOIN ledger_account a ON a.id = l.account_id
           GROUP BY l.transfer_id, a.currency) g;
  IF fault IS NULL AND EXISTS (
       SELECT 1 FROM (SELECT l.transfer_id, count(*) AS legs, max(l.leg) AS last FROM fresh l GROUP BY l.transfer_id) g
         LEFT JOIN ledger_transfer t ON t.id = g.transfer_id
        WHERE t.legs IS DISTINCT FROM g.legs OR g.last <> g.legs) THEN
    fault := 'ledger.unknown_transfer';  -- absent, or closed already with other legs
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
