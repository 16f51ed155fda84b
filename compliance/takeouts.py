"""What an organisation takes along of compliance: its declarations, its filings, its credit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from compliance.models import CreditRecord, Declaration, Filing
from participants.models import Organization
from participants.takeouts import takes_out, told

__all__: list[str] = []


@takes_out("declarations", "声明承诺", "Declarations")
def _declarations(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Declaration.objects.filter(organization=of).order_by("pk"):
        yield told(one)


@takes_out("filings", "场外备案", "Filings")
def _filings(of: Organization) -> Iterator[dict[str, Any]]:
    for one in Filing.objects.filter(Q(reporter=of) | Q(counterparty=of)).order_by("pk"):
        yield told(one, "filed_by", "confirmed_by", "decided_by")


@takes_out("credit", "信用记录", "Credit records")
def _credit(of: Organization) -> Iterator[dict[str, Any]]:
    for one in CreditRecord.objects.filter(organization=of).order_by("pk"):
        yield told(one)
