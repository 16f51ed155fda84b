-- Sealed bids: numbered under the lot's lock, taken before the end only, opened after it only, and only as they were sealed.
CREATE OR REPLACE FUNCTION trading_seal_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lot record;
BEGIN
    SELECT a.code, a.status, a.opens_at, a.closes_at, a.format, a.phase, a.taker_id INTO lot FROM trading_auction a WHERE a.id = NEW.auction_id;
    IF lot.status <> 'open' OR NEW.at < lot.opens_at OR NEW.at >= lot.closes_at 
       OR (lot.format NOT IN ('first_price', 'second_price', 'uniform', 'pay_as_bid', 'vcg', 'rsop') AND lot.phase <> 'sealed') OR lot.taker_id = NEW.bidder_id THEN
        RAISE EXCEPTION 'lot %: a bid is sealed while the lot is open', lot.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_sealedbid_in_time BEFORE INSERT ON trading_sealedbid
    FOR EACH ROW EXECUTE FUNCTION trading_seal_in_time();

CREATE OR REPLACE FUNCTION trading_reveal_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sealed record;
BEGIN
    SELECT s.commitment, a.code, a.status, a.phase, a.format INTO sealed
      FROM trading_sealedbid s JOIN trading_auction a ON a.id = s.auction_id WHERE s.id = NEW.sealed_id;
    IF sealed.status <> 'revealing' AND (sealed.status, sealed.phase) <> ('open', 'opening') THEN
        RAISE EXCEPTION 'lot %: bids are opened after the end', sealed.code USING ERRCODE = 'check_violation';
    ELSIF NEW.word NOT LIKE (CASE WHEN sealed.format IN ('uniform', 'pay_as_bid') THEN NEW.amount_fen || 'x%'
                                 WHEN sealed.format = 'vcg' THEN '%=%' ELSE '' END) THEN
        RAISE EXCEPTION 'lot %: this says another thing than its amount', sealed.code USING ERRCODE = 'check_violation';
    ELSIF encode(sha256(NEW.salt || convert_to(COALESCE(NULLIF(NEW.word, ''), NEW.amount_fen::text), 'UTF8')), 'hex')
          <> sealed.commitment THEN
        RAISE EXCEPTION 'lot %: this is not what was sealed', sealed.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trading_reveal_fits BEFORE INSERT ON trading_reveal FOR EACH ROW EXECUTE FUNCTION trading_reveal_fits();

-- How a lot sells is announced with it.
CREATE OR REPLACE TRIGGER trading_auction_way BEFORE UPDATE OF format, reveal_hours ON trading_auction FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND (OLD.format <> NEW.format OR OLD.reveal_hours IS DISTINCT FROM NEW.reveal_hours))
    EXECUTE FUNCTION trading_terms_frozen();
