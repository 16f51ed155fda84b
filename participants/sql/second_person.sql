-- What rooms above ask before money moves: was this act approved by a second person with these words, and is this party a venue itself.
CREATE OR REPLACE FUNCTION participants_second_person(act text, subject text, field text, value text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM participants_approval a WHERE a.act = participants_second_person.act
        AND a.subject = participants_second_person.subject AND a.status = 'approved'
        AND a.payload ->> participants_second_person.field = participants_second_person.value)
$$;

CREATE OR REPLACE FUNCTION participants_keeps_a_venue(code text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM participants_organization o WHERE o.code = participants_keeps_a_venue.code AND o.kind = 'venue')
$$;
