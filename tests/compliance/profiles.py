"""A clean product and, for each of the 40 rules, what makes it fire and which fact, unstated, leaves it open."""

from __future__ import annotations

from typing import Any

#: A processed enterprise product without personal information, sold at home: passes every rule.
CLEAN: dict[str, Any] = {
    "state_secret": False, "work_secret": False, "grade": "general", "harms_national_security": False, "harms_public_interest": False,
    "source_lawful": True, "source_proof": True, "product_kind": "dataset", "contains_pi": False, "pi_anonymised": False,
    "legal_basis": "none", "consent_scope_covers_use": True, "contains_spi": False, "special_pi": False, "contains_minor_u14": False,
    "guardian_consent": False,
    "public_space_capture": False, "purpose": "research", "subject_class": "enterprise", "public_open_status": "not_open",
    "public_authorised": False, "processing_stage": "product", "delivery_mode": "download", "trade_secret_owner": "none",
    "owner_authorised": False, "technical_measure_bypassed": False, "source_type": "self_generated", "crawl_terms_compliant": True,
    "rights_disputed": False, "rights_held": ["hold", "use", "operate"], "human_genetic": False, "hgr_research_cost_only": False,
    "stats_respondent_identifiable": False, "state_owned_archive": False, "geo_secret": False, "unpublished_important_geo": False,
    "counterparty_on_control_list": False, "party_serious_dishonest": False, "cross_border": False, "pi_subjects": 0,
    "upstream_authorised_operator_is_seller_group": False, "derived_from_delivered_public_product": False,
    "obtained_by_gov_sharing": False, "is_ciio": False, "export_exemption": "none", "ytd_pi_out": 0, "ytd_spi_out": 0, "ftz": "none",
    "on_ftz_list": False, "export_controlled": False, "counterparty_foreign": False, "may_affect_national_security": False,
    "transaction_kind": "licence", "linked_sources": 1, "linkage_risk_score": 0.1, "from_government_project": False,
}
_CONSENTED = {"contains_pi": True, "legal_basis": "separate_consent"}
_EXPORT = {**_CONSENTED, "cross_border": True}

#: rule id -> (facts that make it fire, the fact to leave unstated)
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "NL-P-01": ({"state_secret": True}, "state_secret"),
    "NL-P-02": ({"work_secret": True}, "work_secret"),
    "NL-P-03": ({"grade": "core"}, "grade"),
    "NL-P-04": ({"harms_public_interest": True}, "harms_public_interest"),
    "NL-P-05": ({"source_proof": False}, "source_proof"),
    "NL-P-06": ({"product_kind": "illegal_tool"}, "product_kind"),
    "NL-P-07": ({"contains_pi": True}, "legal_basis"),
    "NL-P-08": ({"contains_pi": True, "legal_basis": "bundled_consent"}, "legal_basis"),
    "NL-P-09": ({**_CONSENTED, "consent_scope_covers_use": False}, "consent_scope_covers_use"),
    "NL-P-10": ({"contains_spi": True, "legal_basis": "consent"}, "pi_anonymised"),
    "NL-P-11": ({**_CONSENTED, "contains_minor_u14": True}, "guardian_consent"),
    "NL-P-12": ({"public_space_capture": True, "purpose": "marketing"}, "purpose"),
    "NL-P-13": ({"subject_class": "public"}, "public_authorised"),
    "NL-P-14": ({"subject_class": "public", "public_open_status": "conditional", "processing_stage": "raw"}, "delivery_mode"),
    "NL-P-15": ({"trade_secret_owner": "third_party"}, "owner_authorised"),
    "NL-P-16": ({"source_type": "crawl", "crawl_terms_compliant": False}, "crawl_terms_compliant"),
    "NL-P-17": ({"rights_disputed": True}, "rights_disputed"),
    "NL-P-18": ({"rights_held": ["hold", "use"]}, "rights_held"),
    "NL-P-19": ({"human_genetic": True}, "hgr_research_cost_only"),
    "NL-P-20": ({"stats_respondent_identifiable": True}, "stats_respondent_identifiable"),
    "NL-P-21": ({"state_owned_archive": True}, "state_owned_archive"),
    "NL-P-22": ({"unpublished_important_geo": True}, "unpublished_important_geo"),
    "NL-P-23": ({"purpose": "reidentification"}, "purpose"),
    "NL-P-24": ({"counterparty_on_control_list": True}, "counterparty_on_control_list"),
    "NL-R-01": ({"grade": "important"}, "cross_border"),
    "NL-R-02": ({"grade": "important", "cross_border": True}, "cross_border"),
    "NL-R-03": ({**_CONSENTED, "pi_subjects": 10_000_000}, "pi_subjects"),
    "NL-R-04": ({**_CONSENTED, "contains_spi": True}, "legal_basis"),
    "NL-R-05": ({"contains_pi": True, "pi_anonymised": True}, "pi_anonymised"),
    "NL-R-06": ({"processing_stage": "raw"}, "processing_stage"),
    "NL-R-07": ({"subject_class": "public", "public_open_status": "unconditional", "purpose": "public_welfare"}, "purpose"),
    "NL-R-08": ({"subject_class": "public", "public_open_status": "unconditional", "purpose": "industry"}, "purpose"),
    "NL-R-09": ({"upstream_authorised_operator_is_seller_group": True, "derived_from_delivered_public_product": True},
                "derived_from_delivered_public_product"),
    "NL-R-10": ({"subject_class": "public", "public_open_status": "unconditional", "obtained_by_gov_sharing": True},
                "obtained_by_gov_sharing"),
    "NL-R-11": ({**_EXPORT, "ytd_pi_out": 100_000}, "ytd_pi_out"),
    "NL-R-12": ({**_EXPORT, "ytd_pi_out": 1_000_000}, "ytd_pi_out"),
    "NL-R-13": ({"cross_border": True, "ftz": "tianjin", "on_ftz_list": True}, "on_ftz_list"),
    "NL-R-14": ({"export_controlled": True, "counterparty_foreign": True}, "export_controlled"),
    "NL-R-15": ({"transaction_kind": "merger_acquisition", "counterparty_foreign": True}, "transaction_kind"),
    "NL-R-16": ({"linkage_risk_score": 0.6}, "linked_sources"),
}


def clean(**changes: Any) -> dict[str, Any]:
    """The clean product with some facts changed; ``None`` leaves a fact unstated."""
    return {**CLEAN, **changes}
