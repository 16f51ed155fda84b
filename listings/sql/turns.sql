-- The next instant after `at` at which time alone may change what the gates of this room say of a listing; NULL = none is known
-- (as participants/sql/turns.sql).
CREATE OR REPLACE FUNCTION listings_turn(wanted bigint, at timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT min(turn) FROM (
        SELECT c.effective_to FROM listings_listing l JOIN listings_registrationcertificate c ON c.id = l.certificate_id WHERE l.id = $1
        UNION ALL SELECT unnest(ARRAY[a.effective_from, a.effective_to, a.ended_at]) FROM listings_admittedbuyer a WHERE a.listing_id = $1
        UNION ALL SELECT c.effective_to FROM listings_listing l JOIN listings_condition c ON c.version_id = l.version_id WHERE l.id = $1
        UNION ALL SELECT p.ends_at FROM listings_listing l JOIN listings_pilot p ON p.id = l.pilot_id WHERE l.id = $1
        UNION ALL SELECT unnest(ARRAY[g.effective_from, g.effective_to]) FROM listings_listing l
          JOIN listings_listingversion v ON v.id = l.version_id JOIN listings_authorisation g ON g.id = v.authorisation_id WHERE l.id = $1
        UNION ALL SELECT unnest(ARRAY[p.effective_from, p.review_by]) FROM listings_listing l
          JOIN listings_guidedprice p ON p.product_id = l.product_id WHERE l.id = $1
    ) AS instants (turn) WHERE turn > $2);
END $$;

CREATE OR REPLACE TRIGGER listings_listing_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_listing
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_listingversion_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_listingversion
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_hold_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_hold
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_registrationcertificate_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_registrationcertificate
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_gradestatement_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_gradestatement
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_condition_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_condition
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_screeningrun_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_screeningrun
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_shareagreement_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_shareagreement
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_shareparty_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_shareparty
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_contributor_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_contributor
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_pilot_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_pilot
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_authorisation_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_authorisation
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_guidedprice_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_guidedprice
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
CREATE OR REPLACE TRIGGER listings_admittedbuyer_gate_moved AFTER INSERT OR UPDATE OR DELETE ON listings_admittedbuyer
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
-- Of a product a gate reads its code alone.
CREATE OR REPLACE TRIGGER listings_dataproduct_gate_moved AFTER UPDATE OF code ON listings_dataproduct
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_gate_moved();
