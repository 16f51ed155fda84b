"""The pack itself (R114): a zip of JSON and CSV by part, the deposited files, an evidence bundle, and a manifest of them all.

The job writes part by part and tells how far it is; one that is lost begins again at the next beat and costs nothing but time. The
pack is deposited whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

from django.db import IntegrityError, transaction

from evidence.bundle import make_bundle
from evidence.files import deposit, open_deposit
from evidence.models import Deposit
from evidence.operations import operation, record, unchanged
from kit.actors import SYSTEM, Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from kit.rejected import Rejected
from kit.sheets import csv_rows
from participants.events import ExportAsked, ExportMade
from participants.models import Organization, Takeout
from participants.notices import notify
from participants.permissions import require
from participants.takeouts import carried, parts

__all__ = ["FORMAT", "ask_takeout", "make_takeouts", "write_takeout"]

log = logging.getLogger(__name__)

FORMAT = "exchange-takeout/1"
#: Files of data go along up to so many bytes; what is beyond is named in the manifest with its hash.
MOST_BYTES = 256 * 1024 * 1024


@covers("R114")
@operation("participants.export.ask")
def ask_takeout(*, organization: Organization, actor: Actor, clock: Clock) -> Takeout:
    """This will ask for a pack of everything the organisation has here; one at a time."""
    at = clock.now()
    require(actor, "participants.export.make", subject=organization, at=at)
    try:
        with transaction.atomic():
            made = Takeout.objects.create(code=new_code("TKO"), organization=organization, asked_by=actor.person, asked_at=at,
                                          total=len(parts()) + 2)
    except IntegrityError as taken:
        raise Rejected("participants.export.under_way", organization=organization.short_name) from taken
    record(ExportAsked(subject=made.code, organization=organization.code), actor=actor, at=at)
    transaction.on_commit(_ring)
    return made


def _ring() -> None:
    from participants.tasks import make_takeouts as task

    try:
        task.apply_async(retry=False, expires=60)
    except Exception:
        log.warning("the worker's bell does not ring; the beat will find the pack that is asked for")


@covers("R114")
def make_takeouts(*, clock: Clock) -> int:
    """This will write every pack that is asked for; returns how many. One that fails is logged and holds up no other."""
    made = 0
    for one in Takeout.objects.filter(ready_at__isnull=True).select_related("organization").order_by("pk")[:20]:
        try:
            write_takeout(takeout=one, clock=clock)
            made += 1
        except Exception:
            log.exception("the pack %s could not be written", one.code)
    return made


def write_takeout(*, takeout: Takeout, clock: Clock) -> Takeout:
    """This will write one pack and hand it over: progress as it goes, the file and its fact in one transaction at the end."""
    with tempfile.TemporaryFile() as spool:
        listed = _Pack(spool, takeout, clock.now()).write(lambda done: _progress(takeout, done))
        spool.seek(0)
        return _hand_over(takeout=takeout, spool=spool, listed=listed, actor=SYSTEM, clock=clock)


def _progress(takeout: Takeout, done: int) -> None:
    Takeout.objects.filter(pk=takeout.pk, ready_at__isnull=True).update(done=done)


@covers("R114")
@operation("participants.export.make")
def _hand_over(*, takeout: Takeout, spool: IO[bytes], listed: dict[str, Any], actor: Actor, clock: Clock) -> Takeout:
    held = Takeout.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=takeout.pk)
    at = clock.now()
    if held.ready_at is not None:
        unchanged(at=at)
        return held
    kept: Deposit = deposit(spool, name=f"{held.organization.code}-{held.code}.zip", owner=held.organization.code, at=at,
                            cap_bytes=2 * MOST_BYTES)
    held.file, held.manifest_sha256, held.ready_at, held.done = kept, listed["sha256"], at, held.total
    held.save(update_fields=["file", "manifest_sha256", "ready_at", "done"])
    record(ExportMade(subject=held.organization.code, manifest_sha256=held.manifest_sha256, files=listed["files"], bytes=kept.size),
           actor=actor, at=at)
    notify(organization=held.organization, kind="participants.export.made", tone="ok", subject=held.code, href="/desk/takeout/", at=at,
           text=("数据包已备好，可以下载。", "Your pack is ready to be taken along."))
    return held


class _Pack:
    """A zip being written, and what it holds so far."""

    def __init__(self, spool: IO[bytes], takeout: Takeout, at: datetime) -> None:
        self.zip = zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.takeout, self.organization, self.at = takeout, takeout.organization, at
        self.files: list[dict[str, Any]] = []
        self.codes = {self.organization.code}

    def write(self, progress: Callable[[int], None]) -> dict[str, Any]:
        """This will write parts, files, evidence and manifest; returns the manifest's hash and how many files there are."""
        told = []
        for place, part in enumerate(parts(), start=1):
            rows = list(part.rows(self.organization))
            self.codes |= {str(row["code"]) for row in rows if row.get("code")}
            self._put(f"data/{part.name}.json", _json(rows))
            self._put(f"tables/{part.name}.csv", _csv(rows))
            told.append({"name": part.name, "zh": part.text[0], "en": part.text[1], "rows": len(rows)})
            progress(place)
        left_out = self._carry()
        progress(len(told) + 1)
        self._put("evidence.json", _json(self._evidence()))
        manifest = _json({
            "format": FORMAT, "pack": self.takeout.code, "venue": self.organization.venue.code, "made_at": self.at.isoformat(),
            "organization": {"code": self.organization.code, "name": self.organization.name, "uscc": self.organization.uscc},
            "parts": told, "files": self.files, "left_out": left_out})
        self.zip.writestr("manifest.json", manifest)
        self.zip.close()
        return {"sha256": hashlib.sha256(manifest).hexdigest(), "files": len(self.files)}

    def _put(self, path: str, content: bytes) -> None:
        self.zip.writestr(path, content)
        self.files.append({"path": path, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})

    def _carry(self) -> list[dict[str, Any]]:
        """The deposited files by hash; what was erased, or does not fit any more, is named instead."""
        left_out, room = list[dict[str, Any]](), MOST_BYTES
        for one in carried(self.organization):
            named = {"name": one.name, "sha256": one.sha256, "bytes": one.size}
            try:
                if one.size > room:
                    raise Rejected("evidence.file.too_large")
                with open_deposit(one) as stream:
                    self._put(f"files/{one.sha256[:16]}-{one.name}", stream.read())
                room -= one.size
            except (Rejected, OSError):
                left_out.append(named)
        return left_out

    def _evidence(self) -> dict[str, Any]:
        """The sealed records of everything told, with the proof that they stand in the record book."""
        try:
            return make_bundle(subjects=sorted(self.codes), may_read=lambda _fact: True)
        except LookupError:
            return {}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    heads = list(dict.fromkeys(name for row in rows for name in row))
    lines = ([_cell(row.get(name)) for name in heads] for row in rows)
    return "".join(csv_rows(heads, lines)).encode() if heads else b""


def _cell(value: Any) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
