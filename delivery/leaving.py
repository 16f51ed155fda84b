"""A delivery that leaves the country 出境交付 (R64 to R68): only under a clearance in force, its persons counted as it goes.

The buyer registered abroad is who it leaves to. Persons are told apart by the file's own numbers, under a key: the same person in two
files is one, and nobody reads from the count who was in it. A file of persons without any number counts a person a row.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from django.conf import settings

from compliance.exports import cleared_for, count_export
from compliance.models import ExportCase
from compliance.personal.kinds import Weight
from compliance.personal.scan import Finding, scan_csv
from compliance.personal.suggest import Contradiction, contradictions
from delivery.models import Delivery
from evidence.models import Deposit
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.anonymity import counts_as_personal
from listings.tables import encoding_of, text_of
from participants.roles import OrganizationKind

__all__ = ["clearance", "leaves_the_country", "may_leave", "persons_in"]

#: Kinds of numbers that tell persons apart, the surest first.
TELLING = ("resident_id", "passport", "us_ssn", "bank_card", "mobile", "email", "phone", "plate", "web_account")


def leaves_the_country(one: Delivery) -> bool:
    """This will tell whether what is delivered goes abroad: its buyer is registered there."""
    return bool(one.buyer.kind == OrganizationKind.FOREIGN)


def clearance(one: Delivery, *, at: datetime) -> ExportCase:
    """This will return the export case under which it may leave, or refuse; the recipient was named by code or by a name."""
    refused: Rejected | None = None
    for recipient in filter(None, (one.buyer.code, one.buyer.name, one.buyer.name_en)):
        try:
            return _still_fits(cleared_for(one.seller, one.version.listing.product.code, recipient, at), one)
        except Rejected as absent:
            refused = absent if refused is None or refused.code == "compliance.export.not_cleared" else refused
    assert refused is not None, "an organisation has a code"
    raise refused


@covers("R32")
def _still_fits(case: ExportCase, one: Delivery) -> ExportCase:
    """A case cleared as holding no personal information does not fit what a failed test made personal since."""
    if case.facts.get("contains_pi") is False and counts_as_personal(one.version):
        raise Rejected("delivery.export.counts_as_personal", case=case.code)
    return case


@covers("R64", "R67")
def may_leave(one: Delivery, deposit: Deposit, *, actor: Actor, clock: Clock) -> bool:
    """This will count the persons of a file that goes abroad, each once for the exporter's year; False when a threshold is crossed.

    Then nothing is counted and the case needs its mechanism again: the caller does not deliver.
    """
    case = clearance(one, at=clock.now())
    if case.facts.get("contains_pi") is False:
        _refuse_persons(case, one, deposit)
        return True
    keys, sensitive = persons_in(deposit)
    special = sensitive or case.facts.get("contains_spi") is True
    return count_export(case=case, person_keys=keys, sensitive=special, actor=actor, clock=clock)


@covers("R64", "R27")
def _refuse_persons(case: ExportCase, one: Delivery, deposit: Deposit) -> None:
    """A case cleared as holding no personal information covers no file that holds some: nobody would be counted and nothing asked.

    What the cells show decides, as at the listing: where a reviewer put on record that the finding is a false alarm, it is none here.
    """
    stated, why = one.version.facts, ("产品申报含个人信息", "the product is stated to hold personal information")
    if stated.get("contains_pi") is True and stated.get("pi_anonymised") is not True:
        raise Rejected("delivery.export.holds_persons", case=case.code, why=why)
    if one.version.class_contested or stated.get("pi_anonymised") is True:
        return
    found: list[Contradiction] = []
    with suppress(UnicodeDecodeError, csv.Error), text_of(deposit, encoding_of(deposit)) as lines:  # what is no table has no cells
        found = contradictions(scan_csv(lines), {"contains_pi": False}, one.version.grade)
    if found:
        raise Rejected("delivery.export.holds_persons", case=case.code, why=found[0].text)


def persons_in(deposit: Deposit) -> tuple[set[str], bool]:
    """This will return the keys of the persons in a deposited table, and whether anything sensitive is said of them."""
    encoding = encoding_of(deposit)
    with text_of(deposit, encoding) as lines:
        found = scan_csv(lines)
    with text_of(deposit, encoding) as lines:
        reader = csv.reader(lines)
        keys = set(_keys(next(reader, []), reader, _telling(found), deposit.sha256))
    return keys, any(one.weight is Weight.SENSITIVE for one in found)


def _telling(found: Sequence[Finding]) -> Finding | None:
    """The column that tells persons apart best: the surest kind, then the fullest column."""
    fit = [one for one in found if one.kind in TELLING]
    return min(fit, key=lambda one: (TELLING.index(one.kind), -one.filled), default=None)


def _keys(headings: Sequence[str], rows: Iterable[Sequence[str]], telling: Finding | None, file: str) -> Iterator[str]:
    place = list(headings).index(telling.column) if telling is not None else -1
    for number, row in enumerate(rows, 1):
        cell = row[place].strip() if telling is not None and place < len(row) else ""
        if any(one.strip() for one in row):
            yield _keyed(telling.kind, cell.replace(" ", "").replace("-", "").upper()) if telling is not None and cell else _keyed(
                "row", f"{file}:{number}")


def _keyed(kind: str, value: str) -> str:
    text = f"export\n{kind}\n{value}"
    return hmac.new(settings.REAL_NAME_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
