-- Lineage of rights across products (R7, R37): what is made of something is never wider than it, never rests on what has stopped,
-- never comes from itself. Stops, lifts and new growth go one after the other, so that nothing grows under a stop unseen.

-- Every act on the lineage takes this first, before any row: acts that walk down a graph of several roots would otherwise meet
-- each other's rows in opposite orders.
CREATE OR REPLACE FUNCTION listings_lineage_lock() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtext('listings.lineage'))
$$;

-- Whether a right says more than what it comes from. A grant of the same right must also leave one level of sub-licence.
CREATE OR REPLACE FUNCTION listings_wider(child listings_propertyright, above listings_propertyright, levels int) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT listings_within(child.purposes, above.purposes) OR NOT listings_within(child.territory, above.territory)
        OR child.sublicence_depth + levels > above.sublicence_depth OR child.effective_from < above.effective_from
        OR (above.effective_to IS NOT NULL AND (child.effective_to IS NULL OR child.effective_to > above.effective_to))
$$;

-- The first thing above a right that does not run, as 'code state'; NULL where all of it runs.
CREATE OR REPLACE FUNCTION listings_stopped_above(parent bigint, of_product bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT found FROM (
        SELECT p.code || ' ' || p.status AS found, 1 AS place FROM listings_propertyright p WHERE p.id = parent AND p.status <> 'active'
        UNION ALL
        SELECT r.code || ' ' || r.status, 2 FROM listings_productinput i JOIN listings_propertyright r ON r.id = i.right_id
            WHERE parent IS NULL AND i.product_id = of_product AND r.status <> 'active'
        UNION ALL
        SELECT s.code || ' ' || s.status, 3 FROM listings_productinput i JOIN listings_source s ON s.id = i.source_id
            WHERE parent IS NULL AND i.product_id = of_product AND s.status <> 'active') above
    ORDER BY place, found LIMIT 1
$$;

CREATE OR REPLACE FUNCTION listings_right_scope() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above listings_propertyright;
    stopped text;
    ends timestamptz;
BEGIN
    NEW.territory_key := (SELECT string_agg(one, ' ' ORDER BY one) FROM unnest(NEW.territory) one);
    IF TG_OP = 'INSERT' THEN
        PERFORM listings_lineage_lock();
    END IF;
    IF NEW.parent_id IS NOT NULL THEN
        SELECT * INTO above FROM listings_propertyright WHERE id = NEW.parent_id FOR SHARE;
        IF above."right" <> NEW."right" OR above.product_id <> NEW.product_id OR listings_wider(NEW, above, 1) THEN
            RAISE EXCEPTION 'a right may not be wider than its parent %', above.code USING ERRCODE = 'check_violation';
        END IF;
    ELSE
        FOR above IN SELECT r.* FROM listings_productinput i JOIN listings_propertyright r ON r.id = i.right_id
                     WHERE i.product_id = NEW.product_id ORDER BY r.id LOOP
            IF listings_wider(NEW, above, 0) THEN
                RAISE EXCEPTION 'a right may not be wider than its source %', above.code USING ERRCODE = 'check_violation';
            END IF;
        END LOOP;
        SELECT s.code, s.effective_to INTO stopped, ends FROM listings_productinput i JOIN listings_source s ON s.id = i.source_id
            WHERE i.product_id = NEW.product_id AND s.effective_to IS NOT NULL ORDER BY s.effective_to LIMIT 1;
        IF ends IS NOT NULL AND (NEW.effective_to IS NULL OR NEW.effective_to > ends) THEN
            RAISE EXCEPTION 'a right may not be wider than its source %', stopped USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    stopped := listings_stopped_above(NEW.parent_id, NEW.product_id);
    IF TG_OP = 'INSERT' AND stopped IS NOT NULL THEN
        RAISE EXCEPTION 'a right cannot grow from %', stopped USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER listings_right_scope
    BEFORE INSERT OR UPDATE OF parent_id, product_id, "right", purposes, territory, sublicence_depth, effective_from, effective_to
    ON listings_propertyright FOR EACH ROW EXECUTE FUNCTION listings_right_scope();

-- A stopped right runs again only when all that it rests on does.
CREATE OR REPLACE FUNCTION listings_right_runs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stopped text := listings_stopped_above(NEW.parent_id, NEW.product_id);
BEGIN
    IF stopped IS NOT NULL THEN
        RAISE EXCEPTION 'right % cannot run: it rests on %', NEW.code, stopped USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_right_runs BEFORE UPDATE OF status ON listings_propertyright
    FOR EACH ROW WHEN (NEW.status = 'active' AND OLD.status <> 'active') EXECUTE FUNCTION listings_right_runs();

CREATE OR REPLACE FUNCTION listings_input_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner bigint := (SELECT p.organization_id FROM listings_dataproduct p WHERE p.id = NEW.product_id);
    above listings_propertyright;
    given record;
    wide text;
BEGIN
    PERFORM listings_lineage_lock();
    IF NEW.right_id IS NOT NULL THEN
        SELECT * INTO above FROM listings_propertyright WHERE id = NEW.right_id;
        IF above.organization_id <> owner OR above."right" NOT IN ('use', 'operate') THEN
            RAISE EXCEPTION 'an input is a right to use or operate that the product''s owner holds' USING ERRCODE = 'check_violation';
        ELSIF above.status <> 'active' THEN
            RAISE EXCEPTION 'a right cannot grow from % %', above.code, above.status USING ERRCODE = 'check_violation';
        END IF;
        IF above.product_id = NEW.product_id OR EXISTS (
            WITH RECURSIVE up(product_id) AS (
                SELECT above.product_id
                UNION
                SELECT r.product_id FROM up JOIN listings_productinput i ON i.product_id = up.product_id
                    JOIN listings_propertyright r ON r.id = i.right_id)
            SELECT 1 FROM up WHERE product_id = NEW.product_id) THEN
            RAISE EXCEPTION 'a product cannot come from itself' USING ERRCODE = 'check_violation';
        END IF;
        SELECT r.code INTO wide FROM listings_propertyright r WHERE r.product_id = NEW.product_id AND r.parent_id IS NULL
            AND r.status IN ('draft', 'active', 'suspended') AND listings_wider(r, above, 0) ORDER BY r.code LIMIT 1;
        IF wide IS NOT NULL THEN
            RAISE EXCEPTION 'right % may not be wider than its source %', wide, above.code USING ERRCODE = 'check_violation';
        END IF;
    ELSE
        SELECT * INTO given FROM listings_source WHERE id = NEW.source_id;
        IF given.organization_id <> owner THEN
            RAISE EXCEPTION 'an input is a source of the product''s owner' USING ERRCODE = 'check_violation';
        ELSIF given.status <> 'active' THEN
            RAISE EXCEPTION 'a right cannot grow from % %', given.code, given.status USING ERRCODE = 'check_violation';
        END IF;
        SELECT r.code INTO wide FROM listings_propertyright r WHERE r.product_id = NEW.product_id AND r.parent_id IS NULL
            AND r.status IN ('draft', 'active', 'suspended') AND given.effective_to IS NOT NULL
            AND (r.effective_to IS NULL OR r.effective_to > given.effective_to) ORDER BY r.code LIMIT 1;
        IF wide IS NOT NULL THEN
            RAISE EXCEPTION 'right % may not be wider than its source %', wide, given.code USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_input_check BEFORE INSERT ON listings_productinput
    FOR EACH ROW EXECUTE FUNCTION listings_input_check();
