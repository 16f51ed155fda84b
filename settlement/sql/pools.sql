-- What a closed pool paid is what its parties got, in the same statement; what was divided stays divided.
CREATE OR REPLACE FUNCTION settlement_pool_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM (SELECT f.pool_id, sum(f.amount_fen) AS fen FROM fresh f GROUP BY f.pool_id) n
      JOIN settlement_dividendpool p ON p.id = n.pool_id
     WHERE p.status <> 'closed' OR p.paid_fen IS DISTINCT FROM n.fen) THEN
    RAISE EXCEPTION 'settlement: the parts of a pool are not what it paid' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER settlement_pool_adds_up AFTER INSERT ON settlement_poolshare
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION settlement_pool_adds_up();

CREATE OR REPLACE FUNCTION settlement_pool_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'settlement: a pool that was divided stays as it was' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE TRIGGER settlement_pool_stands BEFORE UPDATE ON settlement_dividendpool FOR EACH ROW
  WHEN (OLD.status = 'closed') EXECUTE FUNCTION settlement_pool_stands();
