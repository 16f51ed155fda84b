-- Writes one fact: the record and its place in the sealer's queue. Numbers are whole and below 2^53, so that every reader
-- of JSON sees the same value and the canonical form is unambiguous.
-- PL/pgSQL, because a CHECK inlines a LANGUAGE sql body by parsing it again at every insert.
CREATE OR REPLACE FUNCTION evidence_plain(payload jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN jsonb_typeof(payload) = 'object' AND NOT jsonb_path_exists(payload,
        'strict $.** ? (@.type() == "number" && (@ > 9007199254740991 || @ < -9007199254740991 || @.floor() != @))');
END $$;

CREATE OR REPLACE FUNCTION evidence_record(kind text, kind_version int, actor text, subject text, at timestamptz, payload jsonb, command uuid)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    record_id uuid := gen_random_uuid();
BEGIN
    INSERT INTO evidence_record (id, kind, kind_version, command, at, actor, subject, payload)
    VALUES (record_id, $1, $2, $7, $5, $3, $4, $6);
    INSERT INTO evidence_unsealed (record_id, entered_at) VALUES (record_id, clock_timestamp());
    RETURN record_id;
END $$;

-- Writes the command row of an act that runs wholly in SQL; the same command twice is one row.
CREATE OR REPLACE FUNCTION evidence_command(command uuid, actor text, operation text, key text DEFAULT NULL,
                                            fingerprint text DEFAULT '', at timestamptz DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evidence_command (id, actor, operation, key, fingerprint, at)
    VALUES ($1, $2, $3, NULLIF($4, ''), COALESCE($5, ''), COALESCE($6, market_now()))
    ON CONFLICT (id) DO NOTHING;
END $$;

-- The whole evidence of a hot act in one statement: its command, its one fact and the fact's place in the sealer's queue.
CREATE OR REPLACE FUNCTION evidence_act(command uuid, operation text, kind text, kind_version int, actor text, subject text,
                                        at timestamptz, payload jsonb) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    fact uuid := gen_random_uuid();
BEGIN
    WITH act AS (
        INSERT INTO evidence_command (id, actor, operation, key, fingerprint, at) VALUES ($1, $5, $2, NULL, '', $7)
        ON CONFLICT (id) DO NOTHING
    ), waiting AS (
        INSERT INTO evidence_unsealed (record_id, entered_at) VALUES (fact, clock_timestamp())
    )
    INSERT INTO evidence_record (id, kind, kind_version, command, at, actor, subject, payload)
    VALUES (fact, $3, $4, $1, $7, $5, $6, $8);
    RETURN fact;
END $$;

-- A command's answer is written once; who, what and when never change.
CREATE OR REPLACE FUNCTION evidence_command_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IS NOT NULL OR (OLD.id, OLD.actor, OLD.at) IS DISTINCT FROM (NEW.id, NEW.actor, NEW.at)
       OR (OLD.key IS NOT NULL AND (OLD.key, OLD.fingerprint) IS DISTINCT FROM (NEW.key, NEW.fingerprint)) THEN
        RAISE EXCEPTION 'evidence_command % is kept as it is', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
