-- Share agreements: every party signs before the product is on sale, and each link that contributed has a share (R9, R71).

-- The agreement by which a version is shared: signed by all, saying the same weights as the version's contributors; one that was
-- replaced since counts for what was submitted while it was in force.
CREATE OR REPLACE FUNCTION listings_share_agreement(wanted bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT a.id FROM listings_listingversion v
      JOIN listings_listingversion w ON w.listing_id = v.listing_id
      JOIN listings_shareagreement a ON a.version_id = w.id AND a.in_force_at IS NOT NULL
     WHERE v.id = $1 AND (a.status = 'in_force' OR (v.submitted_at >= a.in_force_at AND v.submitted_at <= a.ended_at))
       AND NOT EXISTS (
           SELECT 1 FROM (SELECT c.organization_id, c.weight::numeric AS weight FROM listings_contributor c WHERE c.version_id = v.id) said
             FULL JOIN (SELECT p.organization_id, sum(p.weight) AS weight FROM listings_shareparty p WHERE p.agreement_id = a.id
                         GROUP BY p.organization_id HAVING sum(p.weight) > 0) signed USING (organization_id)
            WHERE said.weight IS DISTINCT FROM signed.weight)
     ORDER BY a.status = 'in_force' DESC, a.in_force_at DESC LIMIT 1
$$;

-- '' or why it does not go on sale: an agreement of this version is not signed by all or disputed, or others share without one. What is
-- on sale already was asked when it was published.
CREATE OR REPLACE FUNCTION listings_share_obstacle(wanted bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM listings_shareagreement a WHERE a.version_id = $1 AND a.status IN ('disputed', 'answered'))
            THEN 'listings.share.disputed'
        WHEN EXISTS (SELECT 1 FROM listings_shareagreement a WHERE a.version_id = $1 AND a.status = 'proposed') THEN 'listings.share.unsigned'
        WHEN EXISTS (SELECT 1 FROM listings_contributor c JOIN listings_listingversion v ON v.id = c.version_id
                      WHERE v.id = $1 AND v.status <> 'published' AND c.organization_id <> v.organization_id)
             AND listings_share_agreement($1) IS NULL THEN 'listings.share.unsigned'
        ELSE '' END
$$;

-- What was signed is the text that was proposed; it comes into force when every line is signed and every link has a share.
CREATE OR REPLACE FUNCTION listings_share_enters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM listings_shareparty p WHERE p.agreement_id = NEW.id AND p.signed_at IS NULL)
       OR NOT EXISTS (SELECT 1 FROM listings_shareparty p WHERE p.agreement_id = NEW.id) THEN
        RAISE EXCEPTION 'share agreement % is not signed by every party', NEW.code USING ERRCODE = 'check_violation';
    ELSIF EXISTS (
        SELECT 1 FROM unnest(NEW.links) link WHERE NOT EXISTS (
            SELECT 1 FROM listings_shareparty p WHERE p.agreement_id = NEW.id AND p.part = link
               AND (p.weight > 0 OR EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.first) due WHERE due ->> 'party' = p.party)))) THEN
        RAISE EXCEPTION 'share agreement %: a link that contributed has no share', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_share_enters BEFORE UPDATE OF status ON listings_shareagreement FOR EACH ROW
    WHEN (NEW.status = 'in_force' AND OLD.status <> 'in_force') EXECUTE FUNCTION listings_share_enters();

-- A line is signed once, by a real person of its party, while the agreement is open; lines come with the proposal alone.
CREATE OR REPLACE FUNCTION listings_share_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text := (SELECT a.status FROM listings_shareagreement a WHERE a.id = NEW.agreement_id);
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.signed_at IS NOT NULL AND (OLD.signed_at, OLD.signed_by_id) IS DISTINCT FROM (NEW.signed_at, NEW.signed_by_id) THEN
        RAISE EXCEPTION 'a signature stands' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF state NOT IN ('proposed', 'answered') AND (TG_OP = 'INSERT' OR OLD.signed_at IS DISTINCT FROM NEW.signed_at) THEN
        RAISE EXCEPTION 'an agreement that is % takes no line and no signature', state USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.signed_by_id IS NOT NULL AND participants_person(NEW.signed_by_id) IS NULL THEN
        RAISE EXCEPTION 'a real person signs' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_share_signed BEFORE INSERT OR UPDATE ON listings_shareparty
    FOR EACH ROW EXECUTE FUNCTION listings_share_signed();

-- A version is not published while its shares are unsigned or disputed; asked before the row says that it is.
CREATE OR REPLACE FUNCTION listings_share_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refusal text := listings_share_obstacle(NEW.id);
BEGIN
    IF refusal <> '' THEN
        RAISE EXCEPTION 'version % may not go on sale: %', NEW.code, refusal USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listings_share_gate BEFORE UPDATE OF status ON listings_listingversion FOR EACH ROW
    WHEN (NEW.status = 'published' AND OLD.status <> 'published') EXECUTE FUNCTION listings_share_gate();
