-- Networks on record: at most twenty, each one a network, none so wide that it binds nothing (T64). The operation says the same in words.
CREATE OR REPLACE FUNCTION participants_are_networks(cidrs text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT count(*) <= 20 AND count(*) = count(DISTINCT one::cidr)
        AND coalesce(bool_and(masklen(one::cidr) >= CASE family(one::cidr) WHEN 4 THEN 8 ELSE 16 END), true)
    FROM unnest(cidrs) AS one
$$;

ALTER TABLE participants_usenetworks DROP CONSTRAINT IF EXISTS networks_are_networks;
ALTER TABLE participants_usenetworks ADD CONSTRAINT networks_are_networks CHECK (participants_are_networks(cidrs::text[]));
