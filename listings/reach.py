"""How far a version's licence reaches, and which deliveries that leaves (R42): the plain rule of compliance, asked of a version."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.rules.circulation_risk import Reach, modes_within, reach_of
from compliance.rules.classification import Cell, cell_of, delivery_allowed
from compliance.taxonomy import OpenStatus
from kit.coverage import covers
from listings.anonymity import category_of, counts_as_personal
from listings.models import ListingVersion

__all__ = ["admitted_modes", "reach_of_version"]


@covers("R42")
def reach_of_version(version: ListingVersion, *, personal: bool | None = None) -> Reach | None:
    """This will weigh a version's licence; None for public data that are open by law without conditions, which anyone may pass on."""
    if version.facts.get("public_open_status") == OpenStatus.UNCONDITIONAL:
        return None
    counted = counts_as_personal(version) if personal is None else personal
    return reach_of(version.use_terms, version.facts, grade=version.grade, stage=version.stage, personal=counted)


@covers("R42", "R11", "R15")
def admitted_modes(version: ListingVersion) -> tuple[Cell, Sequence[str], Reach | None]:
    """This will return a version's cell, the deliveries that cell and reach leave together, and the reach."""
    cell, reach = cell_of(category_of(version), version.stage, version.grade), reach_of_version(version)
    allowed = delivery_allowed(cell, open_status=str(version.facts.get("public_open_status", "")))
    return cell, allowed if reach is None else modes_within(allowed, reach), reach
