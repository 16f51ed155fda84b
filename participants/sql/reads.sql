-- Nobody reviews what he read himself, under whatever sign-in (R121, I18).
CREATE OR REPLACE FUNCTION participants_reviewed_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT u.person_id FROM participants_staffread r JOIN participants_user u ON u.id = r.reader_id WHERE r.id = NEW.read_id)
            IS NOT DISTINCT FROM (SELECT u.person_id FROM participants_user u WHERE u.id = NEW.reviewer_id) THEN
        RAISE EXCEPTION 'a reading is reviewed by another person' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_reviewed_by_another BEFORE INSERT ON participants_readreview
    FOR EACH ROW EXECUTE FUNCTION participants_reviewed_by_another();
