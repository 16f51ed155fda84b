-- One batch of a frozen cycle: shares by largest remainder, one ledger transfer per trade, all set-based. Fees and levy were
-- fixed by the schedule of charges when the settlement fell due.
-- What cannot be settled (its escrow is short, e.g. reserved by a dispute) is counted, parked at the fifth try, and holds
-- up nobody, save the other trade of the same barter (settlement/sql/pairs.sql). The oracle of the division is kit.money.split; the line that is hashed is settlement.fees.line_of.

CREATE OR REPLACE FUNCTION settlement_bps(amount bigint, bps integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT div(amount::numeric * bps + 5000, 10000)::bigint
$$;

-- STABLE, as convert_to is: what claims more is not written into the statement but called once a line.
CREATE OR REPLACE FUNCTION settlement_leaf(code text, trade text, price bigint, seller_fee bigint, buyer_fee bigint, levy bigint,
                                           held bigint, shares text, transfer_hash text, fee_tax bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256('\x00'::bytea || convert_to('{"buyer_fee_fen":' || buyer_fee::text
         || CASE fee_tax WHEN 0 THEN '' ELSE ',"fee_tax_fen":' || fee_tax::text END || ',"held_fen":' || held::text || ',"levy_fen":'
         || levy::text || ',"price_fen":' || price::text || ',"seller_fee_fen":' || seller_fee::text || ',"settlement":"' || code
         || '","shares":[' || shares || '],"trade":"' || trade || '","transfer_hash":"' || transfer_hash || '"}', 'UTF8'))
$$;

CREATE OR REPLACE FUNCTION settlement_post(cycle bigint, beyond bigint, most integer, fees bigint, taxes bigint, levies bigint, at timestamptz,
                                           command uuid,
                                           OUT last bigint, OUT settled integer, OUT faulty integer, OUT parked integer,
                                           OUT total_fen bigint, OUT leaves bytea[])
LANGUAGE plpgsql SET work_mem = '64MB' SET enable_seqscan = off SET enable_mergejoin = off AS $$
DECLARE
  good bigint[]; bad bigint[]; subjects text[]; held bigint[]; listed text[]; lines integer[]; accounts bigint[]; amounts bigint[];
  transfers uuid[]; hashes text[]; code text;
BEGIN
  WITH terms AS MATERIALIZED (
         SELECT s.id, s.subject, s.escrow_id, s.holdback_id, s.holdback_bps, s.price_fen, s.parties, s.organizations, s.accounts, s.weights,
                s.seller_id, s.seller_fee_fen AS seller_fee, s.buyer_fee_fen AS buyer_fee, s.levy_fen AS levy,
                s.fee_tax_fen AS fee_tax, s.shared_fen AS pot
           FROM settlement_settlement s WHERE s.cycle_id = cycle AND s.status = 'due' AND s.id > beyond
          ORDER BY s.id LIMIT most FOR NO KEY UPDATE),
       sound AS MATERIALIZED (
         SELECT t.*, w.whole, row_number() OVER (ORDER BY t.price_fen = 0, t.id) AS line
           FROM terms t JOIN ledger_available((SELECT array_agg(x.escrow_id) FROM terms x)) a ON a.account = t.escrow_id,
                LATERAL (SELECT sum(v) AS whole FROM unnest(t.weights) v) w
          WHERE a.available_fen >= t.price_fen + t.buyer_fee AND w.whole > 0
            AND NOT t.id = ANY ((SELECT settlement_waiting_for_pair(cycle))::bigint[])),
       quotas AS (
         SELECT s.line, s.id, s.pot, s.holdback_bps, s.seller_id, p.number, p.party, p.organization, p.account, p.weight,
                div(s.pot::numeric * p.weight, s.whole)::bigint AS floor_fen, mod(s.pot::numeric * p.weight, s.whole) AS rest
           FROM sound s, unnest(s.parties, s.organizations, s.accounts, s.weights) WITH ORDINALITY
                AS p(party, organization, account, weight, number)),
       ranked AS (
         SELECT q.*, row_number() OVER (PARTITION BY q.line ORDER BY q.rest DESC, q.weight DESC, q.party) AS place,
                q.pot - sum(q.floor_fen) OVER (PARTITION BY q.line) AS left_over
           FROM quotas q),
       parts AS MATERIALIZED (
         SELECT r.line, r.id, r.number, r.party, r.organization, r.account, r.amount,
                CASE WHEN r.organization = r.seller_id THEN settlement_bps(r.amount, r.holdback_bps) ELSE 0 END AS held
           FROM (SELECT k.*, k.floor_fen + (k.place <= k.left_over)::integer AS amount FROM ranked k) r),
       written AS (
         INSERT INTO settlement_share (settlement_id, number, organization_id, amount_fen, held_fen)
         SELECT p.id, p.number, p.organization, p.amount, p.held FROM parts p),
       told AS MATERIALIZED (
         SELECT p.line, sum(p.held)::bigint AS held, string_agg('["' || p.party || '",' || p.amount::text || ']', ',' ORDER BY p.number) AS listed
           FROM parts p GROUP BY p.line),
       legs AS (
         SELECT s.line, v.n, v.account, v.amount
           FROM sound s JOIN told t ON t.line = s.line,
                LATERAL (VALUES (-5, s.escrow_id, -(s.price_fen + s.buyer_fee)), (-4, fees, s.seller_fee + s.buyer_fee - s.fee_tax),
                                (-3, taxes, s.fee_tax), (-2, levies, s.levy),
                                (-1, s.holdback_id, t.held)) AS v(n, account, amount)
         UNION ALL SELECT p.line, p.number, p.account, p.amount - p.held FROM parts p),
       entered AS (
         SELECT array_agg(o.line) AS lines, array_agg(o.account) AS accounts, array_agg(o.amount) AS amounts
           FROM (SELECT l.line, l.account, l.amount FROM legs l WHERE l.amount <> 0 ORDER BY l.line, l.n) o)
  SELECT array_agg(s.id ORDER BY s.line), array_agg(s.subject ORDER BY s.line) FILTER (WHERE s.price_fen > 0),
         array_agg(t.held ORDER BY s.line), array_agg(t.listed ORDER BY s.line), coalesce(sum(s.price_fen), 0),
         (SELECT e.lines FROM entered e), (SELECT e.accounts FROM entered e), (SELECT e.amounts FROM entered e),
         (SELECT max(x.id) FROM terms x), (SELECT array_agg(x.id) FROM terms x LEFT JOIN sound y ON y.id = x.id WHERE y.id IS NULL)
    INTO good, subjects, held, listed, total_fen, lines, accounts, amounts, last, bad
    FROM sound s JOIN told t ON t.line = s.line;

  settled := coalesce(cardinality(good), 0);
  faulty := 0;
  parked := 0;
  IF cardinality(subjects) > 0 THEN
    SELECT b.code, b.transfers, b.hashes INTO code, transfers, hashes
      FROM ledger_transfer_batch('settlement', subjects, lines, accounts, amounts, at, command) b;
    IF code <> '' THEN
      RAISE EXCEPTION '% in a batch of cycle %', code, cycle USING ERRCODE = 'raise_exception';
    END IF;
  END IF;
  IF settled > 0 THEN
    WITH moved AS (
      UPDATE settlement_settlement s
         SET status = 'settled', tries = s.tries + 1, fault = '', held_fen = g.held, settled_at = at, transfer = g.transfer,
             transfer_hash = coalesce(g.hash, ''),
             leaf = settlement_leaf(s.code, s.subject, s.price_fen, s.seller_fee_fen, s.buyer_fee_fen, s.levy_fen, g.held, g.listed,
                                    coalesce(g.hash, ''), s.fee_tax_fen)
        FROM unnest(good, held, listed, transfers, hashes) AS g(id, held, listed, transfer, hash)
       WHERE s.id = g.id RETURNING s.id, s.leaf)
    SELECT array_agg(m.leaf ORDER BY m.id) INTO leaves FROM moved m;
  END IF;
  IF bad IS NOT NULL THEN
    WITH faults AS (
      UPDATE settlement_settlement s
         SET tries = s.tries + 1, fault = 'settlement.escrow_short', status = CASE WHEN s.tries + 1 >= 5 THEN 'parked' ELSE 'due' END
       WHERE s.id = ANY (bad) RETURNING s.status)
    SELECT count(*), count(*) FILTER (WHERE f.status = 'parked') INTO faulty, parked FROM faults f;
  END IF;
END $$;

-- The books' own judgement of a settled trade (I7): fee + levy + shares = price, and nobody is left out.
CREATE OR REPLACE FUNCTION settlement_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM fresh f JOIN before o ON o.id = f.id AND o.status <> 'settled'
      LEFT JOIN (SELECT h.settlement_id, sum(h.amount_fen) AS amount, sum(h.held_fen) AS held, count(*) AS parties
                   FROM settlement_share h WHERE h.settlement_id IN (SELECT n.id FROM fresh n WHERE n.status = 'settled')
                  GROUP BY h.settlement_id) h ON h.settlement_id = f.id
     WHERE f.status = 'settled' AND (h.amount IS DISTINCT FROM f.shared_fen OR h.held IS DISTINCT FROM f.held_fen
           OR h.parties IS DISTINCT FROM cardinality(f.parties))) THEN
    RAISE EXCEPTION 'settlement: shares do not add up to the price less fee and levy' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER settlement_adds_up AFTER UPDATE ON settlement_settlement
  REFERENCING OLD TABLE AS before NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION settlement_adds_up();

-- A share belongs to a settlement that is not settled yet and to a party of it; what is settled gets no further share.
CREATE OR REPLACE FUNCTION settlement_share_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM fresh h LEFT JOIN settlement_settlement s ON s.id = h.settlement_id
              WHERE s.status IS DISTINCT FROM 'due' OR s.organizations[h.number] IS DISTINCT FROM h.organization_id) THEN
    RAISE EXCEPTION 'settlement: a share without its settlement and party' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER settlement_share_guard AFTER INSERT ON settlement_share
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION settlement_share_guard();
