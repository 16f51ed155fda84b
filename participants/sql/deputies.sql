-- Whoever stands in for another, and the one stood in for, are one pair of eyes: neither checks what the other made (I18).
CREATE OR REPLACE FUNCTION participants_stand_between(one bigint, other bigint, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM participants_timedgrant g
                   WHERE ((g.person_id = one AND g.principal_id = other) OR (g.person_id = other AND g.principal_id = one))
                     AND g.effective_from <= at AND at < LEAST(g.effective_to, COALESCE(g.ended_at, g.effective_to)))
$$;
CREATE OR REPLACE FUNCTION participants_approval_no_deputy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IN ('approved', 'refused')
       AND participants_stand_between(participants_person(NEW.maker_id), participants_person(NEW.checker_id), NEW.decided_at) THEN
        RAISE EXCEPTION 'the checker stands in for the maker, or the maker for the checker' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_approval_no_deputy BEFORE UPDATE ON participants_approval
    FOR EACH ROW EXECUTE FUNCTION participants_approval_no_deputy();

-- A grant is the membership it made: the same person, desk and role, for no longer.
CREATE OR REPLACE FUNCTION participants_grant_is_its_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM participants_membership m
        WHERE m.id = NEW.membership_id AND m.person_id = NEW.person_id AND m.organization_id = NEW.organization_id AND m.role = NEW.role
          AND m.effective_from = NEW.effective_from AND m.effective_to IS NOT NULL AND m.effective_to <= NEW.effective_to
          AND NEW.capabilities <@ m.capabilities;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'grant %: its membership says something else', NEW.code USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_grant_is_its_membership BEFORE INSERT OR UPDATE ON participants_timedgrant
    FOR EACH ROW EXECUTE FUNCTION participants_grant_is_its_membership();
