-- What the database itself refuses about a version of the negative list (I18, R84): a decision by a hand that drafted, edited or
-- proposed it, a hand forgotten, an edition taken back, and a comment on what is not in public notice.

CREATE OR REPLACE FUNCTION compliance_list_hands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT OLD.hands <@ NEW.hands OR NEW.edition < OLD.edition THEN
        RAISE EXCEPTION 'version %: no hand and no edition is taken back', OLD.code USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.approved_by NOT IN ('', 'system') AND split_part(NEW.approved_by, '/', 2) IN (
        SELECT split_part(hand, '/', 2) FROM unnest(NEW.hands || NEW.drafted_by) hand) THEN
        RAISE EXCEPTION 'version % may not be approved by a hand of its draft', OLD.code USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status IN ('scheduled', 'in_force') AND NEW.approved_by = '' THEN
        RAISE EXCEPTION 'version % is in force by nobody''s approval', OLD.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_list_hands BEFORE UPDATE ON compliance_negativelistversion
    FOR EACH ROW EXECUTE FUNCTION compliance_list_hands();

CREATE OR REPLACE FUNCTION compliance_comment_in_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM compliance_negativelistversion v
                   WHERE v.id = NEW.version_id AND v.status = 'proposed' AND NEW.at < v.notice_until) THEN
        RAISE EXCEPTION 'a comment is made while the notice runs' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER compliance_comment_in_notice BEFORE INSERT ON compliance_listcomment
    FOR EACH ROW EXECUTE FUNCTION compliance_comment_in_notice();
