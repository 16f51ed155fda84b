-- Many transfers at once, for a settlement cycle: ``lines[i]`` (from 1, rising) says to which of the ``subjects`` leg i
-- belongs. All balances are locked sorted before anything is looked at, all headers and all legs enter by one statement,
-- and the guard of ledger_posting judges the whole insert. Answers in the order of the subjects.
CREATE OR REPLACE FUNCTION ledger_transfer_batch(kind text, subjects text[], lines integer[], accounts bigint[], amounts bigint[],
                                                 at timestamptz, command uuid, OUT code text, OUT transfers uuid[], OUT hashes text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '64MB' AS $$
DECLARE known bigint; asked bigint; short boolean;
BEGIN
  PERFORM 1 FROM ledger_balance b WHERE b.account_id = ANY (SELECT DISTINCT u.account FROM unnest(accounts) AS u(account))
    ORDER BY b.account_id FOR NO KEY UPDATE;
  SELECT count(*), count(b.account_id), bool_or(NOT b.may_overdraw AND n.change < 0 AND b.posted_fen - b.reserved_fen + n.change < 0)
    INTO asked, known, short
    FROM (SELECT u.account, sum(u.amount)::bigint AS change FROM unnest(accounts, amounts) AS u(account, amount) GROUP BY u.account) n
    LEFT JOIN ledger_balance b ON b.account_id = n.account;
  code := CASE WHEN asked IS DISTINCT FROM known OR asked = 0 THEN 'ledger.unknown_account'
               WHEN short THEN 'ledger.insufficient_funds' ELSE '' END;
  IF code <> '' THEN RETURN; END IF;
  WITH legs AS MATERIALIZED (
         SELECT u.line, u.account, u.amount, row_number() OVER (PARTITION BY u.line ORDER BY u.n) AS leg
           FROM unnest(lines, accounts, amounts) WITH ORDINALITY AS u(line, account, amount, n)),
       heads AS MATERIALIZED (
         SELECT h.*, s.subject, ledger_hash(h.uuid, 'single', kind, s.subject, NULL, h.accounts, h.amounts, at) AS hash
           FROM (SELECT l.line, gen_random_uuid() AS uuid, nextval('ledger_transfer_id_seq') AS id, count(*) AS legs,
                        array_agg(l.account ORDER BY l.leg) AS accounts, array_agg(l.amount ORDER BY l.leg) AS amounts
                   FROM legs l GROUP BY l.line) h
           LEFT JOIN unnest(subjects) WITH ORDINALITY AS s(subject, line) ON s.line = h.line),  -- subjects[n] walks all before it
       headers AS (
         INSERT INTO ledger_transfer (id, uuid, phase, kind, subject, legs, command, at, hash)
         SELECT h.id, h.uuid, 'single', kind, h.subject, h.legs, command, at, h.hash FROM heads h),
       postings AS (
         INSERT INTO ledger_posting (transfer_id, leg, account_id, amount_fen)
         SELECT h.id, l.leg, l.account, l.amount FROM legs l JOIN heads h ON h.line = l.line),
       balances AS (
         UPDATE ledger_balance b SET posted_fen = b.posted_fen + n.change
           FROM (SELECT l.account, sum(l.amount)::bigint AS change FROM legs l GROUP BY l.account) n
          WHERE b.account_id = n.account)
  SELECT array_agg(h.uuid ORDER BY h.line), array_agg(h.hash ORDER BY h.line) INTO transfers, hashes FROM heads h;
END $$;

-- What accounts may spend now; for set-based acts of the rooms above.
CREATE OR REPLACE FUNCTION ledger_available(accounts bigint[]) RETURNS TABLE (account bigint, available_fen bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT b.account_id, b.posted_fen - b.reserved_fen FROM ledger_balance b WHERE b.account_id = ANY (accounts)
$$;
