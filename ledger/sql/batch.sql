-- Adds to balances that are locked already, each met by its key: left to itself the planner reads every balance there is.
CREATE OR REPLACE FUNCTION ledger_balances_move(accounts bigint[], changes bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  UPDATE ledger_balance b SET posted_fen = b.posted_fen + n.change
    FROM unnest(accounts, changes) AS n(account, change) WHERE b.account_id = n.account;
END $$;
REVOKE EXECUTE ON FUNCTION ledger_balances_move(bigint[], bigint[]) FROM PUBLIC;

-- Many transfers at once, for a settlement cycle: ``lines[i]`` (from 1, rising) says to which of the ``subjects`` leg i
-- belongs. What each account gains or loses is added up once; all balances are locked sorted before anything is looked at, all
-- headers and all legs enter by one statement, and the guard of ledger_posting judges the whole insert. Answers in the order of
-- the subjects. Every table is met by its keys, however
-- much stands in it. The hash of a line is ledger_hash; here the instant is written once and not once a line.
CREATE OR REPLACE FUNCTION ledger_transfer_batch(kind text, subjects text[], lines integer[], accounts bigint[], amounts bigint[],
                                                 at timestamptz, command uuid, OUT code text, OUT transfers uuid[], OUT hashes text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '64MB' SET enable_seqscan = off SET enable_mergejoin = off AS $$
DECLARE touched bigint[]; changes bigint[]; known bigint; short boolean; stamp text := ledger_stamp(at);
BEGIN
  SELECT array_agg(n.account), array_agg(n.change) INTO touched, changes
    FROM (SELECT u.account, sum(u.amount)::bigint AS change FROM unnest(accounts, amounts) AS u(account, amount)
           GROUP BY u.account ORDER BY u.account) n;
  SELECT count(*), bool_or(NOT b.may_overdraw AND n.change < 0 AND b.posted_fen - b.reserved_fen + n.change < 0) INTO known, short
    FROM (SELECT l.account_id, l.posted_fen, l.reserved_fen, l.may_overdraw FROM ledger_balance l
           WHERE l.account_id = ANY (touched) ORDER BY l.account_id FOR NO KEY UPDATE) b
    JOIN unnest(touched, changes) AS n(account, change) ON n.account = b.account_id;
  code := CASE WHEN touched IS NULL OR known <> cardinality(touched) THEN 'ledger.unknown_account'
               WHEN short THEN 'ledger.insufficient_funds' ELSE '' END;
  IF code <> '' THEN RETURN; END IF;
  WITH heads AS MATERIALIZED (
         SELECT h.line, h.uuid, h.id, h.legs, h.behind, s.subject,
                ledger_digest(h.uuid, 'single', kind, s.subject, NULL, h.accounts, h.amounts, stamp) AS hash
           FROM (SELECT u.line, gen_random_uuid() AS uuid, nextval('ledger_transfer_id_seq') AS id, count(*) AS legs, min(u.n) - 1 AS behind,
                        string_agg(u.account::text, ',' ORDER BY u.n) AS accounts, string_agg(u.amount::text, ',' ORDER BY u.n) AS amounts
                   FROM unnest(lines, accounts, amounts) WITH ORDINALITY AS u(line, account, amount, n) GROUP BY u.line) h
           LEFT JOIN unnest(subjects) WITH ORDINALITY AS s(subject, line) ON s.line = h.line),  -- subjects[n] walks all before it
       headers AS (
         INSERT INTO ledger_transfer (id, uuid, phase, kind, subject, legs, command, at, hash)
         SELECT h.id, h.uuid, 'single', kind, h.subject, h.legs, command, at, h.hash FROM heads h),
       postings AS (  -- a line that is not of one piece has legs that do not count from 1 to their number: the guard refuses it
         INSERT INTO ledger_posting (transfer_id, leg, account_id, amount_fen)
         SELECT h.id, u.n - h.behind, u.account, u.amount
           FROM unnest(lines, accounts, amounts) WITH ORDINALITY AS u(line, account, amount, n) JOIN heads h ON h.line = u.line),
       told AS (SELECT array_agg(h.uuid ORDER BY h.line) AS transfers, array_agg(h.hash ORDER BY h.line) AS hashes FROM heads h)
  SELECT t.transfers, t.hashes INTO transfers, hashes FROM told t;
  PERFORM ledger_balances_move(touched, changes);
END $$;

-- What accounts may spend now; for set-based acts of the rooms above.
CREATE OR REPLACE FUNCTION ledger_available(accounts bigint[]) RETURNS TABLE (account bigint, available_fen bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT b.account_id, b.posted_fen - b.reserved_fen FROM ledger_balance b WHERE b.account_id = ANY (accounts)
$$;
