-- What one person may commit the organisation to in one act about `about` (a lot, a listing): NULL = not limited.
-- The person's limit in force, raised for this one thing by what a second person of the house approved.
CREATE OR REPLACE FUNCTION participants_spending_limit(user_key bigint, organization bigint, about text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    own bigint;
    raised bigint;
BEGIN
    SELECT s.limit_fen INTO own FROM participants_spendinglimit s JOIN participants_user u ON u.person_id = s.person_id
     WHERE u.id = user_key AND s.organization_id = organization AND s.effective_to IS NULL;
    IF own IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT max((a.payload ->> 'amount_fen')::bigint) INTO raised FROM participants_approval a JOIN participants_user m ON m.id = a.maker_id
      JOIN participants_user u ON u.person_id = m.person_id
     WHERE u.id = user_key AND a.organization_id = organization AND a.act = 'participants.spending.approve' AND a.status = 'approved'
       AND a.payload ->> 'about' = about;
    RETURN GREATEST(own, raised);
END $$;

-- Nobody sets a limit for himself, under whatever sign-in.
CREATE OR REPLACE FUNCTION participants_spending_not_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT u.person_id FROM participants_user u WHERE u.id = NEW.set_by_id) = NEW.person_id THEN
        RAISE EXCEPTION 'a person does not set the own spending limit' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER participants_spending_not_own BEFORE INSERT ON participants_spendinglimit
    FOR EACH ROW EXECUTE FUNCTION participants_spending_not_own();
