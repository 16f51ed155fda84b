"""Which services the directory knows: the classes of third parties, and six kinds of service of data merchants (R58, R61).

A third party's kind is its class of admission; a merchant's is work for others beside its own products: develop, publish, underwrite, make
compliant, standardise, add value. Which class of merchant may offer which stands in ``data/merchant_services.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

from kit.coverage import covers
from participants.checklists import checklist_at
from participants.models import Admission, AdmissionStatus, Organization

__all__ = ["ServiceKind", "kinds_held", "merchant_services", "service_kinds"]


@dataclass(frozen=True)
class ServiceKind:
    """A kind of service in words, and the classes of admission of which one must be held to offer it."""

    key: str
    text: tuple[str, str]
    classes: frozenset[str]


@cache
def merchant_services() -> dict[str, ServiceKind]:
    """This will read the six kinds of merchants' services from the product's own table."""
    rows = yaml.safe_load((Path(__file__).resolve().parents[1] / "data" / "merchant_services.yaml").read_text(encoding="utf-8"))["kinds"]
    return {key: ServiceKind(key, (one["zh"], one["en"]), frozenset(one["classes"])) for key, one in rows.items()}


def service_kinds(at: datetime) -> dict[str, ServiceKind]:
    """This will return every kind of service at ``at``: third parties' classes first, then what merchants do for others."""
    providers = {key: ServiceKind(key, one.text, frozenset({key})) for key, one in checklist_at(at).classes.items()
                 if one.group == "provider"}
    return {**providers, **merchant_services()}


@covers("R58")
def kinds_held(provider: Organization, *, at: datetime) -> list[str]:
    """This will list the kinds of service an organisation may offer at ``at`` by the classes in which it is admitted."""
    held = Admission.objects.filter(organization=provider, status=AdmissionStatus.ADMITTED, effective_from__lte=at)
    classes = set(held.exclude(effective_to__lte=at).values_list("category", flat=True))
    return sorted(key for key, one in service_kinds(at).items() if one.classes & classes)
