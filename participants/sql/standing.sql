-- Standing has a cause on file: a row of participants_standingchange that ends where the organisation now stands.
CREATE OR REPLACE FUNCTION participants_standing_has_cause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM participants_standingchange c WHERE c.organization_id = NEW.id AND c.from_standing = OLD.standing
        AND c.from_band = OLD.band AND c.to_standing = NEW.standing AND c.to_band = NEW.band
        AND c.id = (SELECT max(l.id) FROM participants_standingchange l WHERE l.organization_id = NEW.id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'standing moves only by participants.operations.set_standing' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_standing_has_cause BEFORE UPDATE ON participants_organization
    FOR EACH ROW WHEN ((OLD.standing, OLD.band) IS DISTINCT FROM (NEW.standing, NEW.band))
    EXECUTE FUNCTION participants_standing_has_cause();
