"""A sample found outside against every file whose copies are marked: who is named, by how many marks, with what chance of error (F13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from delivery.marking.copies import copy_key
from delivery.marking.plans import latin, tolerances_of
from delivery.marking.tracing import ERROR_EXPONENT, Agreement, judge, read_marks
from delivery.models import Copy, MarkPlan
from kit.coverage import covers

__all__ = ["MOST_FILES", "plans_to_read", "trace_of"]

#: Files a check reads against their registered bytes, those handed out last first.
MOST_FILES = 100


def _line(one: Agreement, copies: dict[str, Copy]) -> dict[str, Any]:
    held = copies[one.copy]
    return {"copy": held.code, "delivery": held.grant.delivery.code, "buyer": held.buyer, "at": held.at.isoformat(), "agree": one.agree,
            "of": one.of, "exponent": one.exponent}


@covers("F13", "R47")
def plans_to_read() -> tuple[list[int], int, int]:
    """This will list the marked files a sample is read against, count their copies, and the files left out for their number."""
    handed = Copy.objects.order_by("plan_id", "-pk").distinct("plan_id").values_list("plan_id", "pk")
    plans = [plan for plan, _ in sorted(handed, key=lambda row: -row[1])]
    kept = plans[:MOST_FILES]
    return kept, Copy.objects.filter(plan_id__in=kept).count(), len(plans) - len(kept)


@covers("F13", "R47")
def trace_of(plan: MarkPlan, names: Sequence[str], sample: Sequence[Sequence[str]], compared: int) -> dict[str, Any] | None:
    """This will read a sample against one file: whose copies it holds; None where it has no rows of the file."""
    held = plan.version.deposit
    if held is None or held.sha256 != plan.file_sha256:
        return None

    def opened() -> Any:
        return latin(held)

    reading = read_marks(opened, tolerances_of(plan), names, sample)
    if 20 * reading.found < reading.rows or reading.found < 3:
        return None
    copies = {one.code: one for one in Copy.objects.filter(plan=plan).select_related("grant__delivery")}
    verdict = judge(reading, {code: copy_key(one.nonce) for code, one in copies.items()}, compared=compared)
    return {"listing": plan.version.listing.code, "version": plan.version.code, "title_zh": plan.version.title_zh,
            "title_en": plan.version.title_en, "file_sha256": plan.file_sha256, "rows": reading.rows, "found": reading.found,
            "ambiguous": reading.ambiguous, "clean": reading.clean, "marks": len(reading.marks), "copies": len(copies),
            "compared": compared, "error": ERROR_EXPONENT, "word": verdict.word,
            "named": [_line(one, copies) for one in verdict.named], "closest": [_line(one, copies) for one in verdict.closest]}
