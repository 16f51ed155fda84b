-- Whether a trade still stands, asked by rooms above before they rest something on it. The row is kept as it is until they are done:
-- who annuls the trade at the same instant comes before or after, never between.

CREATE OR REPLACE FUNCTION trading_trade_stands(wanted bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    now_is text;
BEGIN
    SELECT s.status INTO now_is FROM trading_tradestate s WHERE s.trade_id = wanted FOR SHARE;
    RETURN coalesce(now_is, '') NOT IN ('', 'cancelled', 'defaulted', 'unwound');
END $$;
