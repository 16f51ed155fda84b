-- What was once graded core never gets on sale by relabelling, and what stands below the scan or an earlier grade is approved only
-- over a reviewer's record (T49, W4). A grade set aside by a reviewer ends what was said before it.

CREATE OR REPLACE FUNCTION listings_grade_rank(grade text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_position(ARRAY['general', 'important', 'core'], grade), 0)
$$;

CREATE OR REPLACE FUNCTION listings_grade_so_far(of_product bigint) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((
        SELECT max(listings_grade_rank(s.grade)) FROM listings_gradestatement s
        WHERE s.product_id = of_product AND s.id >= coalesce((
            SELECT max(a.id) FROM listings_gradestatement a WHERE a.product_id = of_product AND a.cause = 'set_aside'), 0)), 0);
END $$;

CREATE OR REPLACE FUNCTION listings_version_graded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_product bigint := (SELECT l.product_id FROM listings_listing l WHERE l.id = NEW.listing_id);
    so_far int := listings_grade_so_far(of_product);
BEGIN
    IF so_far = 3 THEN
        RAISE EXCEPTION 'version %: the product was graded core', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.class_contested OR listings_grade_rank(NEW.grade) < so_far) AND NOT EXISTS (
        SELECT 1 FROM listings_review r WHERE r.version_id = NEW.id AND r.status = 'decided'
            AND r.verdict IN ('approve', 'approve_with_conditions') AND r.class_record <> '') THEN
        RAISE EXCEPTION 'version % stands below its scan or an earlier grade and has no reviewer''s record', NEW.code
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_version_graded BEFORE INSERT OR UPDATE OF status ON listings_listingversion
    FOR EACH ROW WHEN (NEW.status = 'approved') EXECUTE FUNCTION listings_version_graded();
