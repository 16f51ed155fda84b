-- Whether an export of a product to a recipient known by these names is cleared at an instant: the SQL twin of
-- compliance.exports.cleared_for, asked at an offer, at signing and at each delivery (R64, R66).
CREATE OR REPLACE FUNCTION compliance_export_cleared(exporter bigint, product text, names text[], at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM compliance_exportcase c WHERE c.exporter_id = exporter AND c.product_code = product
                   AND c.recipient = ANY (names) AND c.status = 'cleared' AND c.effective_to > $4);
END $$;
