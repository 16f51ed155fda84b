-- The acts of the ledger. Each runs as the schema's owner, because the application may not write the books itself, and
-- returns a code ('' when done) that the operation of the same name turns into its refusal. The lock rule: every act
-- locks the balances of its whole set of accounts sorted by account id before it looks at them (test T7); a caller
-- that needs several acts locks their union first with ledger_lock.

CREATE OR REPLACE FUNCTION ledger_stamp(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- What is hashed of a transfer, accounts and amounts listed as text and the instant as ledger_stamp writes it.
CREATE OR REPLACE FUNCTION ledger_digest(transfer uuid, phase text, kind text, subject text, pending uuid, accounts text, amounts text,
                                         stamp text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(concat_ws('|', 'ledger/1', transfer, phase, kind, subject, coalesce(pending::text, ''),
           accounts, amounts, stamp), 'UTF8')), 'hex')
$$;

CREATE OR REPLACE FUNCTION ledger_hash(transfer uuid, phase text, kind text, subject text, pending uuid, accounts bigint[],
                                       amounts bigint[], at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT ledger_digest(transfer, phase, kind, subject, pending, array_to_string(accounts, ','), array_to_string(amounts, ','), ledger_stamp(at))
$$;

CREATE OR REPLACE FUNCTION ledger_lock(accounts bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM ledger_balance b WHERE b.account_id = ANY (accounts) ORDER BY b.account_id FOR NO KEY UPDATE;
END $$;

-- Writes header, legs and balances of one movement. ``released`` is what the closed reserve gives back first.
CREATE OR REPLACE FUNCTION ledger_write(phase text, kind text, accounts bigint[], amounts bigint[], pending_id bigint, pending uuid,
                                        holder bigint, released bigint, subject text, at timestamptz, command uuid,
                                        OUT code text, OUT transfer uuid, OUT hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE header bigint; known integer; asked integer; short boolean;
BEGIN
  SELECT count(*), count(b.account_id),
         bool_or(NOT b.may_overdraw AND b.posted_fen - b.reserved_fen + n.change + n.freed < 0)
    INTO asked, known, short
    FROM (SELECT u.account, sum(u.amount)::bigint AS change, max(CASE WHEN u.account = holder THEN released ELSE 0 END) AS freed
            FROM unnest(accounts, amounts) AS u(account, amount) GROUP BY u.account) n
    LEFT JOIN (SELECT l.account_id, l.posted_fen, l.reserved_fen, l.may_overdraw FROM ledger_balance l
                WHERE l.account_id = ANY (accounts) ORDER BY l.account_id FOR NO KEY UPDATE) b ON b.account_id = n.account;
  code := CASE WHEN asked IS DISTINCT FROM known OR asked = 0 THEN 'ledger.unknown_account'
               WHEN (SELECT sum(a) FROM unnest(amounts) a) <> 0 THEN 'ledger.unbalanced'
               WHEN short THEN 'ledger.insufficient_funds' ELSE '' END;
  IF code <> '' THEN RETURN; END IF;
  transfer := gen_random_uuid();
  hash := ledger_hash(transfer, phase, kind, subject, pending, accounts, amounts, at);
  INSERT INTO ledger_transfer (uuid, phase, kind, subject, legs, pending_id, command, at, hash)
    VALUES (transfer, phase, kind, subject, cardinality(accounts), pending_id, command, at, hash) RETURNING id INTO header;
  INSERT INTO ledger_posting (transfer_id, leg, account_id, amount_fen)
    SELECT header, u.leg, u.account, u.amount FROM unnest(accounts, amounts) WITH ORDINALITY AS u(account, amount, leg);
  UPDATE ledger_balance b SET posted_fen = b.posted_fen + n.change,
                              reserved_fen = b.reserved_fen - CASE WHEN b.account_id = holder THEN released ELSE 0 END
    FROM (SELECT u.account, sum(u.amount)::bigint AS change FROM unnest(accounts, amounts) AS u(account, amount) GROUP BY u.account) n
   WHERE b.account_id = n.account;
END $$;

CREATE OR REPLACE FUNCTION ledger_transfer(kind text, legs jsonb, subject text, at timestamptz, command uuid,
                                           OUT code text, OUT transfer uuid, OUT hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE accounts bigint[]; amounts bigint[];
BEGIN
  SELECT array_agg(l.account ORDER BY l.n), array_agg(l.amount_fen ORDER BY l.n) INTO accounts, amounts
    FROM ROWS FROM (jsonb_to_recordset(legs) AS (account bigint, amount_fen bigint)) WITH ORDINALITY AS l(account, amount_fen, n);
  IF 0 = ANY (amounts) OR array_position(amounts, NULL) IS NOT NULL THEN
    code := 'ledger.bad_amount';
    RETURN;
  END IF;
  SELECT w.code, w.transfer, w.hash INTO code, transfer, hash
    FROM ledger_write('single', kind, accounts, amounts, NULL, NULL, NULL, 0, subject, at, command) w;
END $$;

CREATE OR REPLACE FUNCTION ledger_reserve(account bigint, amount_fen bigint, purpose text, subject text, at timestamptz,
                                          expires_at timestamptz, command uuid, OUT code text, OUT pending uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF amount_fen IS NULL OR amount_fen <= 0 THEN
    code := 'ledger.bad_amount';
    RETURN;
  END IF;
  -- one conditional update: a second reserve waits for the row and is judged on what the first left over (M2)
  UPDATE ledger_balance b SET reserved_fen = b.reserved_fen + amount_fen
   WHERE b.account_id = account AND (b.may_overdraw OR b.posted_fen - b.reserved_fen >= amount_fen);
  IF NOT FOUND THEN
    code := CASE WHEN EXISTS (SELECT 1 FROM ledger_balance b WHERE b.account_id = account)
                 THEN 'ledger.insufficient_funds' ELSE 'ledger.unknown_account' END;
    RETURN;
  END IF;
  code := '';
  pending := gen_random_uuid();
  INSERT INTO ledger_transfer (uuid, phase, kind, subject, legs, account_id, amount_fen, expires_at, command, at, hash)
    VALUES (pending, 'pending', purpose, subject, 0, account, amount_fen, expires_at, command, at,
            ledger_hash(pending, 'pending', purpose, subject, NULL, ARRAY[account], ARRAY[amount_fen], at));
END $$;

-- Finds an open reserve under its holder's lock; code says why not.
CREATE OR REPLACE FUNCTION ledger_open(pending uuid, OUT code text, OUT id bigint, OUT holder bigint, OUT amount bigint, OUT kind text,
                                       OUT subject text, OUT closed_by text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  SELECT t.id, t.account_id, t.amount_fen, t.kind, t.subject INTO id, holder, amount, kind, subject
    FROM ledger_transfer t WHERE t.uuid = pending AND t.phase = 'pending';
  IF NOT FOUND THEN
    code := 'ledger.unknown_pending';
    RETURN;
  END IF;
  PERFORM 1 FROM ledger_balance b WHERE b.account_id = holder FOR NO KEY UPDATE;
  SELECT t.phase INTO closed_by FROM ledger_transfer t WHERE t.pending_id = ledger_open.id;
  code := CASE WHEN closed_by IS NULL THEN '' ELSE 'ledger.already_closed' END;
END $$;

-- Gives a reserve back: phase is voided (by the room that reserved) or expired (by the clock). Giving back what was
-- given back already is done, not an error.
CREATE OR REPLACE FUNCTION ledger_release(pending uuid, phase text, at timestamptz, command uuid,
                                          OUT code text, OUT transfer uuid, OUT hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found record;
BEGIN
  SELECT * INTO found FROM ledger_open(pending);
  code := found.code;
  IF found.closed_by IN ('voided', 'expired') THEN
    SELECT '', t.uuid, t.hash INTO code, transfer, hash FROM ledger_transfer t WHERE t.pending_id = found.id;
    RETURN;
  ELSIF code <> '' THEN
    RETURN;
  END IF;
  transfer := gen_random_uuid();
  hash := ledger_hash(transfer, phase, found.kind, found.subject, pending, '{}', '{}', at);
  INSERT INTO ledger_transfer (uuid, phase, kind, subject, legs, pending_id, command, at, hash)
    VALUES (transfer, phase, found.kind, found.subject, 0, found.id, command, at, hash);
  UPDATE ledger_balance b SET reserved_fen = b.reserved_fen - found.amount WHERE b.account_id = found.holder;
END $$;

CREATE OR REPLACE FUNCTION ledger_void(pending uuid, at timestamptz, command uuid, OUT code text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.code FROM ledger_release(pending, 'voided', at, command) r
$$;

-- Moves a reserve, or less of it; the rest is free again. Takes from the holder at most what was reserved.
CREATE OR REPLACE FUNCTION ledger_post(pending uuid, legs jsonb, at timestamptz, command uuid,
                                       OUT code text, OUT transfer uuid, OUT hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found record; known record; accounts bigint[]; amounts bigint[]; taken bigint;
BEGIN
  SELECT array_agg(l.account ORDER BY l.n), array_agg(l.amount_fen ORDER BY l.n) INTO accounts, amounts
    FROM ROWS FROM (jsonb_to_recordset(legs) AS (account bigint, amount_fen bigint)) WITH ORDINALITY AS l(account, amount_fen, n);
  IF 0 = ANY (amounts) OR array_position(amounts, NULL) IS NOT NULL THEN
    code := 'ledger.bad_amount';
    RETURN;
  END IF;
  PERFORM ledger_lock(accounts);  -- the whole set, sorted, before ledger_open locks the holder in it
  SELECT * INTO found FROM ledger_open(pending);
  SELECT -sum(u.amount) INTO taken FROM unnest(accounts, amounts) AS u(account, amount) WHERE u.account = found.holder;
  code := CASE WHEN found.code <> '' THEN found.code
               WHEN taken IS NULL OR taken <= 0 OR taken > found.amount THEN 'ledger.post_exceeds_reserve' ELSE '' END;
  IF code <> '' THEN RETURN; END IF;
  SELECT w.code, w.transfer, w.hash INTO code, transfer, hash
    FROM ledger_write('posted', found.kind, accounts, amounts, found.id, pending, found.holder, found.amount, found.subject, at, command) w;
END $$;

-- The parts are not acts: only the functions above call them.
REVOKE EXECUTE ON FUNCTION ledger_write(text, text, bigint[], bigint[], bigint, uuid, bigint, bigint, text, timestamptz, uuid) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION ledger_open(uuid) FROM PUBLIC;
