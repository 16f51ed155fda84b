"""The kinds of delivery 交付方式, one adapter each (R49): whoever asks what a mode of delivery can, asks here."""

from __future__ import annotations

from functools import cache

from compliance.taxonomy import DeliveryMode
from delivery.kinds.adapter import Adapter, Pair, Way
from delivery.kinds.api import API
from delivery.kinds.download import DOWNLOAD
from delivery.kinds.model import MODEL
from delivery.kinds.query import QUERY
from delivery.kinds.report import REPORT
from delivery.kinds.verification import VERIFICATION
from kit.coverage import covers

__all__ = ["KINDS", "Adapter", "Pair", "Way", "adapter_for", "modes_by", "way_of"]

#: Every kind by its name, in the order shown. A new kind is a file beside these and a line here.
KINDS: dict[str, Adapter] = {one.kind: one for one in (DOWNLOAD, API, QUERY, MODEL, VERIFICATION, REPORT)}


@cache
def _by_mode() -> dict[str, Adapter]:
    found = {mode.value: one for one in KINDS.values() for mode in one.modes}
    assert set(found) == set(DeliveryMode.values), "every mode has one adapter"
    return found


@covers("R49", "R15")
def adapter_for(mode: str) -> Adapter:
    """This will return the adapter that serves a mode of delivery."""
    return _by_mode()[mode]


def way_of(mode: str) -> Way:
    """This will return how a mode of delivery reaches the buyer."""
    return adapter_for(mode).way


def modes_by(*ways: Way) -> frozenset[str]:
    """This will return the modes that reach the buyer in these ways."""
    return frozenset(mode for mode, one in _by_mode().items() if one.way in ways)
