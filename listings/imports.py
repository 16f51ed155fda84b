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
from listings.catalogues import CatalogueRow, Fault, Unreadable, catalogue_for
from listings.events import ResourcesImported
from listings.models import DataResource, ImportBatch
from participants.models import Organization
from participants.permissions import require

__all__ = ["Imported", "Reported", "import_file", "read_file", "region_of"]

_FIELDS = ("identity", "row_hash", "source_url", "title", "description", "provider", "theme", "industry", "openness", "frequency",
    "keywords",
           "row_count", "published_on", "updated_on")


@dataclass(frozen=True)
class Reported:
    """One line of an import's report: which file and row, a short code, a text."""

    file: str
    row: int
    code: str
    text: str

    def as_json(self) -> dict[str, Any]:
        return {"at": f"{self.file}:{self.row}" if self.row else self.file, "file": self.file, "row": self.row, "code": self.code,
                "text": self.text}


@dataclass
class Imported:
    """What an import did, summed over its files."""

    read: int = 0
    created: int = 0
    unchanged: int = 0
    duplicates: int = 0
    warnings: list[Reported] = field(default_factory=list)
    refused: list[Reported] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"read": self.read, "created": self.created, "unchanged": self.unchanged, "duplicates": self.duplicates,
                "warnings": [one.as_json() for one in self.warnings], "refused": [one.as_json() for one in self.refused]}


@dataclass(frozen=True)
class CatalogueFile:
    """A file as read: its format and what it yields, row by row."""

    name: str
    region: str
    format: str
    rows: Iterator[CatalogueRow | Fault]


def region_of(name: str) -> str:
    """This will name the region a file speaks for: its file name without the ending."""
    return Path(name).stem[:80]


def read_file(name: str, content: bytes) -> CatalogueFile:
    """This will recognise a file's format. Raises ``Unreadable``; rows are read as they are asked for."""
    shape = catalogue_for(content, name)
    region = region_of(name)
    return CatalogueFile(Path(name).name, region, shape.name, shape.read(content, region))


@covers("R6", "D6")
def import_file(*, file: CatalogueFile, organization: Organization, into: Imported, actor: Actor, clock: Clock,
                dry_run: bool = False) -> None:
    """This will bring one file's rows in and add to the report ``into``; an unreadable rest of the file is refused with its place."""
    rows = list(_sorted_out(file, into))
    fresh = _first_of_each(rows, file, into)
    known = set(DataResource.objects.filter(organization=organization, region=file.region).values_list("identity", flat=True))
    new = [one for one in fresh if one.identity not in known]
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
                (into.refused if one.refused else into.warnings).append(Reported(file.name, one.row, one.code, one.text))
                continue
            into.read += 1
            into.warnings.extend(Reported(file.name, fault.row, fault.code, fault.text) for fault in one.faults)
            yield one
    except Unreadable as fault:
        into.refused.append(Reported(f"{file.name} {fault.where}", 0, fault.code, fault.text))


def _first_of_each(rows: Iterable[CatalogueRow], file: CatalogueFile, into: Imported) -> list[CatalogueRow]:
    """The first row of each identity; a later one is a duplicate, and a contradiction among them is said."""
    first: dict[str, CatalogueRow] = {}
    for one in rows:
        kept = first.setdefault(one.identity, one)
        if kept is one:
            continue
        into.duplicates += 1
        if kept.row_hash != one.row_hash:
            into.warnings.append(Reported(file.name, one.row, "identity_conflict", f"与第 {kept.row} 行同一网址而内容不同，保留前者"))
    return list(first.values())


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
                        missing=[] if row.title else ["title"], created_at=at, **{name: getattr(row, name) for name in _FIELDS})
