"""A product's own declaration, begun with what is known: the last answers, and what the version says of itself (R120, R88)."""

from __future__ import annotations

from typing import Any

from compliance.catalogue import templates
from compliance.declared import answers_again
from compliance.rules.wording import say_value
from kit.coverage import covers
from listings.models import ListingVersion
from listings.quality import report_in_force

__all__ = ["answers_for"]


@covers("R120", "R88")
def answers_for(version: ListingVersion) -> dict[str, Any]:
    """This will fill a declaration in for a version; the signer reads it over, and nothing is promised for him: no promise is carried."""
    before = answers_again(version.organization, "merchant", subject=version.listing.code)
    promises = {one.key for one in templates()["merchant"].questions if one.type == "promise"}
    answers = {key: value for key, value in before.items() if key not in promises}
    return answers | {key: value for key, value in _said(version).items() if value not in (None, "", [])}


def _said(version: ListingVersion) -> dict[str, Any]:
    facts, terms = version.facts, version.use_terms
    report = report_in_force(version.listing, version.file_sha256) if version.file_sha256 else None
    return {
        "source_kind": [facts["source_type"]] if facts.get("source_type") else [],
        "class_hosts": [version.category] if version.category else [],
        "class_personal": facts.get("contains_pi"), "class_sensitive": facts.get("contains_spi"),
        "class_minors": facts.get("contains_minor_u14"), "class_persons": str(facts["pi_subjects"]) if facts.get("pi_subjects") else "",
        "use_purposes": "、".join(say_value("purpose", one)[0] for one in terms.get("purposes") or []),
        "use_forbidden": "、".join(terms.get("forbidden") or []),
        "quality_report": report.code if report else "", "quality_updates": version.update_frequency,
        "quality_checked": [one["key"] for one in report.dimensions if one["permille"] is not None] if report else [],
    }
