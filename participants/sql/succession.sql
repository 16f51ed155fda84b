-- Succession (R39): the one way in which the owner of a row changes. A case is approved, stands as 'moving' only inside the
-- transaction that carries it out, and every owner column that changes leaves a row of participants_successionmove behind.

-- Refuses an organisation that is closed. The lock is the one a foreign key takes: whoever closes it at this instant is waited for.
CREATE OR REPLACE FUNCTION participants_open(VARIADIC organizations bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT o.code, o.closed_at FROM participants_organization o WHERE o.id = ANY (organizations) FOR KEY SHARE LOOP
        IF one.closed_at IS NOT NULL THEN
            RAISE EXCEPTION 'organisation % is closed', one.code USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
END $$;

-- Refuses a change of owner that no case in course has handed over.
CREATE OR REPLACE FUNCTION participants_handed_over(named text, col text, key bigint, old bigint, new bigint) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM participants_successionmove m JOIN participants_succession s ON s.id = m.succession_id
                   WHERE m."table" = named AND m.row = key AND m."column" = col AND m.before_id = old AND m.after_id = new
                     AND s.status = 'moving') THEN
        RAISE EXCEPTION '%.% changes only by a succession', named, col USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- Tells whether a row is being handed over now: what hangs on its owner (a deposit's reserve, accounts paid into) may follow.
CREATE OR REPLACE FUNCTION participants_is_moving(named text, key bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM participants_successionmove m JOIN participants_succession s ON s.id = m.succession_id
                   WHERE m."table" = named AND m.row = key AND s.status = 'moving')
$$;

-- Hands rows over: writes the moves and changes the column. Runs as the owner, since the application may neither write moves nor
-- change facts; it does so only for a case in course, from its predecessor to one of its heirs, in a column under an owner guard.
CREATE OR REPLACE FUNCTION participants_hand_over(succession text, named text, col text, keys bigint[], old bigint, new bigint)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_case bigint;
    done integer;
BEGIN
    SELECT s.id INTO of_case FROM participants_succession s JOIN participants_successionheir h ON h.succession_id = s.id
     WHERE s.code = succession AND s.status = 'moving' AND s.predecessor_id = old AND h.organization_id = new;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'succession % hands nothing over here', succession USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr)
                   WHERE t.tgrelid = to_regclass(quote_ident(named)) AND t.tgname IN (named || '_owner', named || '_follows') AND a.attname = col) THEN
        RAISE EXCEPTION '%.% is no owner column', named, col USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO participants_successionmove (succession_id, "table", "column", row, before_id, after_id)
    SELECT of_case, named, col, k, old, new FROM unnest(keys) k;
    IF EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident(named)) AND a.attname = col
               AND a.atttypid = 'bigint[]'::regtype) THEN
        EXECUTE format('UPDATE %I SET %I = array_replace(%I, $3, $1) WHERE id = ANY ($2) AND $3 = ANY (%I)', named, col, col, col)
          USING new, keys, old;
    ELSE
        EXECUTE format('UPDATE %I SET %I = $1 WHERE id = ANY ($2) AND %I = $3', named, col, col) USING new, keys, old;
    END IF;
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done <> cardinality(keys) THEN
        RAISE EXCEPTION '%: % of % rows could be handed over', named, done, cardinality(keys) USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN done;
END $$;

-- A case gets going only when a second person has approved it.
CREATE OR REPLACE FUNCTION participants_succession_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM participants_approval a WHERE a.act = 'participants.succession.decide' AND a.subject = NEW.code
                   AND a.status = 'approved') THEN
        RAISE EXCEPTION 'succession % is not approved', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_succession_approved BEFORE UPDATE OF status ON participants_succession
    FOR EACH ROW WHEN (NEW.status = 'moving' AND OLD.status <> 'moving') EXECUTE FUNCTION participants_succession_approved();

-- And it never rests half way: at the end of the transaction it is done, and its predecessor closed.
CREATE OR REPLACE FUNCTION participants_succession_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_status text := (SELECT s.status FROM participants_succession s WHERE s.id = NEW.id);
BEGIN
    IF now_status = 'moving' THEN
        RAISE EXCEPTION 'succession % cannot stop half way', NEW.code USING ERRCODE = 'restrict_violation';
    ELSIF now_status = 'done' AND EXISTS (SELECT 1 FROM participants_organization o WHERE o.id = NEW.predecessor_id AND o.closed_at IS NULL)
    THEN
        RAISE EXCEPTION 'succession % is done and its predecessor is open', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS participants_succession_whole ON participants_succession;
CREATE CONSTRAINT TRIGGER participants_succession_whole AFTER UPDATE OF status ON participants_succession
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION participants_succession_whole();

-- An organisation is closed by its succession, once and for good.
CREATE OR REPLACE FUNCTION participants_closed_by_succession() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM participants_succession s WHERE s.predecessor_id = NEW.id AND s.status = 'moving') THEN
        RAISE EXCEPTION 'organisation % is closed only by a succession', NEW.code USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_organization_closed BEFORE UPDATE OF closed_at ON participants_organization
    FOR EACH ROW WHEN (OLD.closed_at IS DISTINCT FROM NEW.closed_at) EXECUTE FUNCTION participants_closed_by_succession();

-- Heirs are other organisations that are open; a closed one gets no members and no admission.
CREATE OR REPLACE FUNCTION participants_heir_is_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM participants_open(NEW.organization_id);
    IF NEW.organization_id = (SELECT s.predecessor_id FROM participants_succession s WHERE s.id = NEW.succession_id) THEN
        RAISE EXCEPTION 'nobody succeeds itself' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_heir_is_another BEFORE INSERT ON participants_successionheir
    FOR EACH ROW EXECUTE FUNCTION participants_heir_is_another();

CREATE OR REPLACE FUNCTION participants_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM participants_open(NEW.organization_id);
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_membership_open BEFORE INSERT ON participants_membership
    FOR EACH ROW EXECUTE FUNCTION participants_refuse_closed();
CREATE OR REPLACE TRIGGER participants_admission_open BEFORE INSERT ON participants_admission
    FOR EACH ROW EXECUTE FUNCTION participants_refuse_closed();
