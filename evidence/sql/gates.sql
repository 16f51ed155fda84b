-- What gates read, and since when it stands still. A hot act need not ask every gate again whose answer cannot have changed: each room
-- marks the tables its gates read, and every transaction that writes one of them leaves its number here.
--
-- An answer found under a snapshot whose oldest running transaction is `since` still stands while no number from `since` on is seen: a
-- change the snapshot saw nothing of was running then or began later, so its number is not smaller, and it is seen as soon as it commits.
-- Nobody waits for anybody: a number is inserted, no row is shared. What time alone changes is not noticed here; rooms tell it by
-- functions named `<room>_turn`.
CREATE OR REPLACE FUNCTION evidence_gate_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evidence_gatemove (number) VALUES (pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- The mark that an answer found after this call may carry.
CREATE OR REPLACE FUNCTION evidence_gates_seen() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
END $$;

CREATE OR REPLACE FUNCTION evidence_gates_stand(since bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN NOT EXISTS (SELECT 1 FROM evidence_gatemove g WHERE g.number >= since);
END $$;
