"""Attaching the data file: streamed into the record book's files, hashed, profiled; five masked rows and hints are kept here."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from compliance.taxonomy import DeliveryMode
from evidence.files import deposit
from evidence.models import Deposit
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.drafting import locked_draft
from listings.events import FileAttached
from listings.measuring import Measured, measure_csv
from listings.models import ListingVersion, Registration
from listings.profile import CsvFault, CsvProfile
from listings.quality import file_measured
from listings.tables import text_of, typed_profile
from participants.permissions import require

__all__ = ["attach_file", "attach_proof"]

CSV_TYPES = frozenset({"text/csv", "text/plain"})


@covers("D3", "T50", "R14", "W4")
def attach_file(*, version: ListingVersion, stream: Any, name: str, actor: Actor, clock: Clock) -> ListingVersion:
    """This will take a CSV in and put its hash and shape on a draft. The whole file stays in file storage; delivery compares its hash."""
    with transaction.atomic():
        at = clock.now()
        require(actor, "listings.version.edit", subject=version, at=at)
        locked_draft(version)
        held = deposit(stream, name=name, owner=actor.organization or "system", at=at, allowed=CSV_TYPES)
        try:
            shape = typed_profile(held)
        except CsvFault as fault:
            raise Rejected("listings.version.file_faulty", line=fault.line, text=fault.text, fault=fault.code,
                           listing=version.listing.code) from fault
        with text_of(held, shape.encoding) as lines:
            found = measure_csv(lines, shape.profile.columns, shape.profile.scan)
        return _put(version=version, held=held, shape=shape.profile, found=found, actor=actor, clock=clock)


@operation("listings.version.attach")
def _put(*, version: ListingVersion, held: Deposit, shape: CsvProfile, found: Measured, actor: Actor, clock: Clock) -> ListingVersion:
    at = clock.now()
    row = locked_draft(version)
    row.deposit, row.file_sha256, row.file_name, row.file_bytes = held, held.sha256, held.name, held.size
    row.row_count, row.columns, row.sample, row.quality, row.hints, row.scan = (
        shape.row_count, shape.columns, shape.sample, dict(shape.quality), shape.hints, shape.scan)
    row.delivery_mode = row.delivery_mode or DeliveryMode.DOWNLOAD
    row.edit_version += 1
    row.updated_at = at
    row.save(update_fields=["deposit", "file_sha256", "file_name", "file_bytes", "row_count", "columns", "sample", "quality", "hints",
                            "scan",
                            "delivery_mode", "edit_version", "updated_at"])
    record(FileAttached(subject=row.listing.code, version_code=row.code, sha256=held.sha256, bytes=held.size, rows=shape.row_count),
           actor=actor, at=at)
    file_measured(row, found, actor=actor, at=at)
    return row


def attach_proof(*, registration: Registration, stream: Any, name: str, actor: Actor, clock: Clock) -> Registration:
    """This will deposit a proof of source and rights and name it on an application."""
    from listings.registering import edit_registration

    with transaction.atomic():
        at = clock.now()
        require(actor, "listings.registration.draft", subject=registration, at=at)
        held = deposit(stream, name=name, owner=actor.organization or "system", at=at)
        return edit_registration(registration=registration, deposit=held, actor=actor, clock=clock)
