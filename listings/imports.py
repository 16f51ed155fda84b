"""Bulk import of catalogues into data resources 目录导入: tolerant, idempotent, never silent; rows become resources, never listings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from evidence.merkle import leaf_hash, root_of_leaves
from evidence.operations import operation, record
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.ids import new_code
from listings.catalogues import CatalogueRow, Fault, Text, Unreadable, catalogue_for, said
from listings.catalogues.aws_registry import YAML
from listings.catalogues.unpacking import MAX_UNPACKED, is_archive, sample_of, unwrapped
from listings.events import ResourcesImported
from listings.models import DataResource, ImportBatch
from participants.models import Organization
from participants.permissions import require

__all__ = ["Imported", "Reported", "import_file", "read_file", "region_of", "unread"]

_FIELDS = ("identity", "row_hash", "source_url", "title", "description", "provider", "theme", "industry", "openness", "frequency",
           "keywords", "row_count", "published_on", "updated_on")
#: Endings that say how a file is packed or written, not what it speaks of.
_ENDINGS = (".gz", ".tgz", ".tar", ".zip")
_CHANGED = ("来源内容与已有资源不同；资源保持原样，可在资源页修改",
            "the source says otherwise than the resource made of it; the resource is left as it is")


@dataclass(frozen=True)
class Reported:
    """One line of an import's report: which file, row and line (0 where not known), a short code, a text."""

    file: str
    row: int
    code: str
    text: Text
    line: int = 0

    @property
    def at(self) -> str:
        """The place as editors take it: ``file:line``, else ``file:row``."""
        place = self.line or self.row
        return f"{self.file}:{place}" if place else self.file

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at, "file": self.file, "row": self.row, "line": self.line, "code": self.code, "text": said(self.text, "zh"),
                "text_en": said(self.text, "en")}


@dataclass
class Imported:
    """What an import did, summed over its files."""

    read: int = 0
    created: int = 0
    unchanged: int = 0
    duplicates: int = 0
    distributions: int = 0
    warnings: list[Reported] = field(default_factory=list)
    refused: list[Reported] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"read": self.read, "created": self.created, "unchanged": self.unchanged, "duplicates": self.duplicates,
                "distributions": self.distributions,
                "warnings": [one.as_json() for one in self.warnings], "refused": [one.as_json() for one in self.refused]}


@dataclass(frozen=True)
class CatalogueFile:
    """A file as read: its format and what it yields, row by row."""

    name: str
    region: str
    format: str
    rows: Iterator[CatalogueRow | Fault]


def region_of(name: str) -> str:
    """This will name the region a file speaks for: its file name without the ending (and without that of its packing)."""
    path = Path(name)
    return (Path(path.stem).stem if path.suffix.lower() in _ENDINGS and Path(path.stem).suffix else path.stem)[:80]


def read_file(name: str, content: bytes, *, cap: int = MAX_UNPACKED) -> CatalogueFile:
    """This will unwrap a file and recognise its format. Raises ``Unreadable``; rows are read as they are asked for.

    ``cap`` is how many bytes may come out of a compressed file.
    """
    plain, content = unwrapped(Path(name).name, content, cap)
    head = sample_of(content, YAML) if is_archive(content) else b""
    shape = catalogue_for(content, plain, head=head)
    region = region_of(name)
    return CatalogueFile(Path(name).name, region, shape.name, shape.read(content, region))


@covers("R6", "D6")
def import_file(*, file: CatalogueFile, organization: Organization, into: Imported, actor: Actor, clock: Clock,
                dry_run: bool = False) -> None:
    """This will bring one file's rows in and add to the report ``into``; an unreadable rest of the file is refused with its place."""
    rows = list(_sorted_out(file, into))
    fresh = _first_of_each(rows, file, into)
    known = dict(DataResource.objects.filter(organization=organization, region=file.region).values_list("identity", "row_hash"))
    new = [one for one in fresh if one.identity not in known]
    into.warnings.extend(Reported(file.name, one.row, "row_changed", _CHANGED) for one in fresh
                         if known.get(one.identity, one.row_hash) != one.row_hash)
    into.distributions += sum(one.distributions for one in rows)
    into.unchanged += len(fresh) - len(new)
    into.created += len(new)
    if new and not dry_run:
        _write(organization=organization, file=file, rows=new, read=len(rows), actor=actor, clock=clock)


def _sorted_out(file: CatalogueFile, into: Imported) -> Iterator[CatalogueRow]:
    """Rows on, faults into the report; every row read is counted, also a refused one."""
    try:
        for one in file.rows:
            if isinstance(one, Fault):
                into.read += one.refused
                (into.refused if one.refused else into.warnings).append(Reported(file.name, one.row, one.code, one.text, one.line))
                continue
            into.read += 1
            into.warnings.extend(Reported(file.name, fault.row, fault.code, fault.text, fault.line) for fault in one.faults)
            yield one
    except Unreadable as fault:
        into.refused.append(unread(file.name, fault))


def _first_of_each(rows: Iterable[CatalogueRow], file: CatalogueFile, into: Imported) -> list[CatalogueRow]:
    """The first row of each identity; a later one is a duplicate, and a contradiction among them is said."""
    first: dict[str, CatalogueRow] = {}
    for one in rows:
        kept = first.setdefault(one.identity, one)
        if kept is one:
            continue
        into.duplicates += 1
        if kept.row_hash != one.row_hash:
            into.warnings.append(Reported(file.name, one.row, "identity_conflict", (f"与第 {kept.row} 行同一标识而内容不同，保留前者",
                                           f"names the same data set as row {kept.row} and says otherwise; the first one is kept")))
    return list(first.values())


def unread(name: str, fault: Unreadable) -> Reported:
    """This will put a file that cannot be read on a report, with the place where reading ended."""
    text: Text = fault.text
    if not fault.line and fault.where not in {name, "file"}:
        text = (f"{fault.where}: {said(fault.text, 'zh')}", f"{fault.where}: {said(fault.text, 'en')}")
    return Reported(name, 0, fault.code, text, fault.line)


@operation("listings.resource.import")
def _write(*, organization: Organization, file: CatalogueFile, rows: list[CatalogueRow], read: int, actor: Actor, clock: Clock) -> None:
    at = clock.now()
    require(actor, "listings.resource.import", subject=organization if not actor.is_system else None, at=at)
    with connection.cursor() as cursor:  # two imports of one file at once: the second waits, then finds everything known
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import {organization.pk} {file.region}"])
    known = set(DataResource.objects.filter(organization=organization, region=file.region).values_list("identity", flat=True))
    rows = [one for one in rows if one.identity not in known]
    root = root_of_leaves(leaf_hash(bytes.fromhex(one.identity + one.row_hash)) for one in rows).hex()
    batch = ImportBatch.objects.create(organization=organization, region=file.region, format=file.format, rows_read=read,
                                       rows_created=len(rows), merkle_root=root, at=at)
    DataResource.objects.bulk_create([_resource(one, organization, batch, at) for one in rows], batch_size=1000)
    record(ResourcesImported(subject=organization.code, region=file.region, format=file.format, rows_read=read, rows_created=len(rows),
                             merkle_root=root), actor=actor, at=at)


def _resource(row: CatalogueRow, organization: Organization, batch: ImportBatch, at: datetime) -> DataResource:
    return DataResource(code=new_code("RES"), organization=organization, batch=batch, region=batch.region, formats=list(row.formats),
                        details=dict(row.details), missing=[] if row.title else ["title"], created_at=at,
                        **{name: getattr(row, name) for name in _FIELDS})
