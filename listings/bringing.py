"""Listings brought along from another venue (R114): a pack is checked against its own manifest, then each listing becomes a draft here.

Nothing is on sale by it: rights are registered and the draft is screened and reviewed here as any other. What cannot be taken is
reported by the listing it belongs to; the rest comes in all the same.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction

from evidence.archives import fault_of_zip
from evidence.verify import verify_bundle
from kit.actors import Actor
from kit.clock import Clock
from kit.coverage import covers
from kit.rejected import Rejected
from listings.drafting import EDITABLE, open_listing, save_draft
from listings.models import DataProduct, ProductKind
from listings.supply import create_product
from participants.models import Organization

__all__ = ["Brought", "Pack", "UnfitPack", "bring_in", "read_pack"]

FORMAT = "exchange-takeout/1"
#: Belongs to the venue it came from: a register's entry, and what a reviewer is told about a class.
_STAYS = {"authorisation", "class_note"}


class UnfitPack(Exception):
    """The file is no pack, or is not what its manifest says."""


@dataclass(frozen=True)
class Pack:
    """A pack as read: where it is from, its rows by part, whether its evidence holds."""

    manifest: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]]
    evidence: str


@dataclass
class Brought:
    """What came in, what was here already, what could not be taken and why."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"taken": [{"from": old, "draft": new} for old, new in self.taken], "known": self.known,
                "refused": [{"from": old, "code": code, "why": why} for old, code, why in self.refused]}


@covers("R114", "T50")
def read_pack(stream: IO[bytes], size: int) -> Pack:
    """This will read a pack and compare every file with the manifest's hash; the evidence is verified offline."""
    if fault := fault_of_zip(stream, size):
        raise UnfitPack(f"the archive is not taken: {fault}")
    stream.seek(0)
    with zipfile.ZipFile(stream) as archive:
        try:
            manifest = json.loads(archive.read("manifest.json"))
        except (KeyError, ValueError) as fault_:
            raise UnfitPack("it holds no manifest.json that can be read") from fault_
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise UnfitPack(f"its manifest is not {FORMAT}")
        rows: dict[str, list[dict[str, Any]]] = {}
        for listed in manifest["files"]:
            content = archive.read(listed["path"]) if listed["path"] in archive.namelist() else b""
            if hashlib.sha256(content).hexdigest() != listed["sha256"]:
                raise UnfitPack(f"{listed['path']} is not what the manifest says")
            if listed["path"].startswith("data/"):
                rows[listed["path"].removeprefix("data/").removesuffix(".json")] = json.loads(content)
        return Pack(manifest, rows, _evidence(archive))


def _evidence(archive: zipfile.ZipFile) -> str:
    """'' where the bundle holds, else its first fault; a pack without sealed records says so."""
    bundle = json.loads(archive.read("evidence.json"))
    if not bundle:
        return "nothing was sealed"
    verdict = verify_bundle(bundle)
    return "" if not verdict.faults else verdict.faults[0].text[1]


@covers("R114")
def bring_in(*, pack: Pack, organization: Organization, actor: Actor, clock: Clock) -> Brought:
    """This will open a draft for every listing of the pack, each in its own transaction; what is here already stays as it is."""
    report = Brought()
    products = {row["code"]: row for row in pack.rows.get("products", [])}
    for listing in pack.rows.get("listings", []):
        version = _offered(listing, pack.rows.get("versions", []))
        source = f"{pack.manifest['venue']} {listing['code']}"
        if DataProduct.objects.filter(organization=organization, source_statement__startswith=f"[{source}]").exists():
            report.known.append(listing["code"])
            continue
        if version is None:
            report.refused.append((listing["code"], "listings.version.field_faulty", "no version is in the pack"))
            continue
        try:
            with transaction.atomic():
                report.taken.append((listing["code"], _draft(source, products.get(listing["product"], {}), version, organization, actor,
                                                             clock)))
        except Rejected as refused:
            why = "; ".join([refused.text("detail", "en"), *(f"{fault.field}: {fault.text[1]}" for fault in refused.errors)])
            report.refused.append((listing["code"], refused.code, why))
    return report


def _offered(listing: dict[str, Any], versions: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The version in force, else the newest one."""
    own = [one for one in versions if one["listing"] == listing["code"]]
    return next((one for one in own if one["code"] == listing["version"]), max(own, key=lambda one: one["number"], default=None))


def _draft(source: str, product: dict[str, Any], version: dict[str, Any], organization: Organization, actor: Actor, clock: Clock) -> str:
    kind = product.get("kind")
    made = create_product(
        organization=organization, title_zh=product.get("title_zh") or version["title_zh"], title_en=product.get("title_en") or "",
        kind=kind if kind in ProductKind.values else ProductKind.DATASET,
        source_statement=f"[{source}] {product.get('source_statement') or ''}"[:20_000], actor=actor, clock=clock)
    draft = open_listing(product=made, actor=actor, clock=clock)
    changes = {name: version[name] for name in EDITABLE if name not in _STAYS and version.get(name) not in (None, "", {}, [])}
    save_draft(version=draft, edit_version=draft.edit_version, changes=changes, actor=actor, clock=clock)
    return draft.listing.code
