-- What the database itself refuses about people: two sides at once (I29), and a check by the same real person (I18).

CREATE OR REPLACE FUNCTION participants_role_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.role_group := CASE NEW.role
        WHEN 'data_merchant' THEN 'trade' WHEN 'buyer' THEN 'trade' WHEN 'service_provider' THEN 'trade'
        WHEN 'public_data_operator' THEN 'trade' WHEN 'trustee' THEN 'trade'
        WHEN 'venue_operator' THEN 'venue' WHEN 'compliance_officer' THEN 'venue'
        WHEN 'regulator' THEN 'supervise' WHEN 'surveillance' THEN 'supervise'
        WHEN 'auditor' THEN 'audit'
        WHEN 'association' THEN 'association'
        WHEN 'system_administrator' THEN 'system_admin' WHEN 'security_administrator' THEN 'security_admin'
        WHEN 'audit_administrator' THEN 'audit_admin'
        ELSE '' END;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_membership_role_group BEFORE INSERT OR UPDATE ON participants_membership
    FOR EACH ROW EXECUTE FUNCTION participants_role_group();

CREATE OR REPLACE FUNCTION participants_membership_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a membership is ended, never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.person_id, NEW.organization_id, NEW.role, NEW.effective_from)
       IS DISTINCT FROM (OLD.person_id, OLD.organization_id, OLD.role, OLD.effective_from) THEN
        RAISE EXCEPTION 'a membership names one person, organisation, role and start for good'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_membership_fixed BEFORE UPDATE OR DELETE ON participants_membership
    FOR EACH ROW EXECUTE FUNCTION participants_membership_fixed();

CREATE OR REPLACE FUNCTION participants_approval_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    maker_person bigint;
    checker_person bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an approval is kept' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status <> 'pending' THEN
            RAISE EXCEPTION 'an approval is decided once' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF (NEW.act, NEW.subject, NEW.payload, NEW.maker_id, NEW.asked_at, NEW.due_at, NEW.checker_roles, NEW.checker_capability,
            NEW.organization_id)
           IS DISTINCT FROM (OLD.act, OLD.subject, OLD.payload, OLD.maker_id, OLD.asked_at, OLD.due_at, OLD.checker_roles,
            OLD.checker_capability, OLD.organization_id) THEN
            RAISE EXCEPTION 'what was asked is not changed afterwards' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF NEW.status <> 'pending' THEN
        RAISE EXCEPTION 'an approval starts pending' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT person_id INTO maker_person FROM participants_user WHERE id = NEW.maker_id;
    IF maker_person IS NULL THEN
        RAISE EXCEPTION 'the maker must be a real person' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status NOT IN ('approved', 'refused') THEN
        RETURN NEW;
    END IF;
    IF NEW.checker_id IS NULL OR NEW.decided_at IS NULL OR NEW.decided_at < NEW.asked_at THEN
        RAISE EXCEPTION 'a decision has a checker and an instant after the question' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT person_id INTO checker_person FROM participants_user WHERE id = NEW.checker_id AND is_active;
    IF checker_person IS NULL OR checker_person = maker_person THEN
        RAISE EXCEPTION 'the checker is another real person than the maker' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- FOR SHARE: a membership that is just being ended is waited for, so the checker holds the role at this instant.
    PERFORM 1 FROM participants_membership m
        WHERE m.person_id = checker_person AND m.role = ANY (NEW.checker_roles)
          AND (NEW.checker_capability = '' OR NEW.checker_capability = ANY (m.capabilities))
          AND (NEW.organization_id IS NULL OR m.organization_id = NEW.organization_id)
          AND m.effective_from <= NEW.decided_at AND (m.effective_to IS NULL OR NEW.decided_at < m.effective_to)
        FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the checker holds no role that may decide this now' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_approval_check BEFORE INSERT OR UPDATE OR DELETE ON participants_approval
    FOR EACH ROW EXECUTE FUNCTION participants_approval_check();
