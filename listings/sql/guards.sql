-- What the database itself refuses about supply: a submitted version that changes, contributors that change afterwards, a review
-- by the same real person or without the right (I18), a listing on sale that may not be (I16). Rights: lineage.sql.

CREATE OR REPLACE FUNCTION listings_within(child text[], parent text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT '*' = ANY (parent) OR NOT EXISTS (
        SELECT 1 FROM unnest(child) one
        WHERE NOT EXISTS (SELECT 1 FROM unnest(parent) wide WHERE one = wide OR one LIKE wide || '-%'))
$$;

-- Once submitted, only the course of a version changes, never what it says.
CREATE OR REPLACE FUNCTION listings_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    course text[] := ARRAY['status', 'edit_version', 'depth', 'depth_reasons', 'screening', 'conditions', 'reason', 'publish_at', 'due_at',
                           'submitted_at', 'approved_at', 'published_at', 'updated_at', 'organization_id'];  -- the owner guard judges who offers it
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a version is discarded or withdrawn, never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status <> 'draft' AND (to_jsonb(NEW) - course) IS DISTINCT FROM (to_jsonb(OLD) - course) THEN
        RAISE EXCEPTION 'version % was submitted: what it says does not change', OLD.code USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status NOT IN ('draft', 'returned', 'submitted')
       AND (NEW.depth, NEW.depth_reasons, NEW.screening, NEW.submitted_at)
           IS DISTINCT FROM (OLD.depth, OLD.depth_reasons, OLD.screening, OLD.submitted_at) THEN
        RAISE EXCEPTION 'version % was decided: its depth and screening stand', OLD.code USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_version_frozen BEFORE UPDATE OR DELETE ON listings_listingversion
    FOR EACH ROW EXECUTE FUNCTION listings_version_frozen();

CREATE OR REPLACE FUNCTION listings_contributor_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_version bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.version_id, NEW.weight, NEW.part) = (OLD.id, OLD.version_id, OLD.weight, OLD.part) THEN
        RETURN NEW;  -- who shares changes by a succession alone: the owner guard
    END IF;
    IF EXISTS (SELECT 1 FROM listings_listingversion v WHERE v.id = of_version AND v.status <> 'draft') THEN
        RAISE EXCEPTION 'the contributors of a submitted version do not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER listings_contributor_frozen BEFORE INSERT OR UPDATE OR DELETE ON listings_contributor
    FOR EACH ROW EXECUTE FUNCTION listings_contributor_frozen();

CREATE OR REPLACE FUNCTION listings_review_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needed text[] := CASE WHEN NEW.needs = 'compliance_officer' THEN ARRAY['compliance_officer'] ELSE ARRAY['regulator'] END;
    extra text := CASE WHEN NEW.needs = 'compliance_officer' THEN '' ELSE NEW.needs END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status IN ('decided', 'recused', 'void') THEN
        RAISE EXCEPTION 'a review is decided once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.version_id, NEW."order", NEW.needs) IS DISTINCT FROM (OLD.version_id, OLD."order", OLD.needs) THEN
        RAISE EXCEPTION 'a review stays where it was opened' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.person_id := participants_person(NEW.reviewer_id);
    IF NEW.reviewer_id IS NOT NULL AND NEW.person_id IS NULL THEN
        RAISE EXCEPTION 'the reviewer must be a real person' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('assigned', 'decided')
       AND NOT participants_person_holds(NEW.person_id, needed, extra, coalesce(NEW.decided_at, NEW.claimed_at)) THEN
        RAISE EXCEPTION 'the reviewer does not hold % now', NEW.needs USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_review_person BEFORE INSERT OR UPDATE ON listings_review
    FOR EACH ROW EXECUTE FUNCTION listings_review_person();

CREATE OR REPLACE FUNCTION listings_listed_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    obstacle text := listings_obstacle(NEW.id, NEW.organization_id, NEW.code, NEW.product_id, NEW.version_id, NEW.certificate_id, market_now());
BEGIN
    IF obstacle <> '' THEN
        RAISE EXCEPTION 'listing % may not be on sale: %', NEW.code, obstacle USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_listed_check BEFORE INSERT OR UPDATE OF status, version_id, certificate_id ON listings_listing
    FOR EACH ROW WHEN (NEW.status = 'listed') EXECUTE FUNCTION listings_listed_check();
