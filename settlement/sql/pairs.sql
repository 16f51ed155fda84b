-- The two trades of a barter are settled together: which lines of a cycle wait because the other one cannot be settled in it now.
-- A line whose other is settled already waits for nothing.
CREATE OR REPLACE FUNCTION settlement_waiting_for_pair(wanted bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(s.id), '{}')
    FROM settlement_settlement s
   WHERE s.cycle_id = wanted AND s.status = 'due' AND s.pair <> ''
     AND NOT EXISTS (
       SELECT 1 FROM settlement_settlement m, LATERAL ledger_available(ARRAY[m.escrow_id]) a
        WHERE m.pair = s.pair AND m.id <> s.id
          AND (m.status = 'settled' OR (m.status = 'due' AND m.cycle_id = wanted AND a.available_fen >= m.price_fen + m.buyer_fee_fen
                                        AND (SELECT sum(w) FROM unnest(m.weights) w) > 0)))
$$;
