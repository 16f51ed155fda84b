"""The open lane 开放数据: what anyone takes without order or sign-in, as it was deposited or as JSON, and the feed of its updates.

What is told of it (bytes, hash, licence, times) comes from the version in force alone, so equal states are equal bytes.
"""

from __future__ import annotations

import csv
import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as Xml

from django.conf import settings
from django.db.models import QuerySet

from compliance.rules.circulation import refuse_unless_admitted
from compliance.taxonomy import Channel, CirculationMode
from evidence.events import rfc3339
from evidence.models import Deposit
from kit.coverage import covers
from kit.rejected import Rejected
from listings.circulating import licence_of
from listings.models import Listing, ListingVersion
from listings.queries import tradable
from listings.states import ListingStatus, VersionStatus
from listings.tables import encoding_of, text_of

__all__ = ["atom", "digest_of", "file_of", "json_of", "open_listings", "open_version"]

_ATOM = "http://www.w3.org/2005/Atom"
#: How many updates the feed tells; older ones are in the listing's history.
UPDATES = 100


def open_listings() -> QuerySet[Listing]:
    """This will list what is open to everyone now, newest version first."""
    rows = Listing.objects.listed().filter(version__circulation=CirculationMode.OPEN)
    return rows.select_related("version", "organization").order_by("-version__published_at", "-pk")


@covers("R117", "W10", "R43")
def open_version(code: str, *, at: datetime) -> ListingVersion:
    """This will find the version in force of an open listing, or refuse: absent, not open (by its cell's name), or off sale."""
    listing = (Listing.objects.exclude(status=ListingStatus.UNLISTED).filter(code=code)
               .select_related("version__deposit", "version__listing", "organization").first())
    if listing is None or listing.version is None:
        raise Rejected("participants.object.absent")
    refuse_unless_admitted(listing.version.circulation, Channel.ON_EXCHANGE, "download", listing=code)
    if refused := tradable(listing, at=at):
        raise Rejected(refused, listing=code, organization=listing.organization.code)
    version: ListingVersion = listing.version
    return version


def file_of(version: ListingVersion) -> Deposit:
    """This will return the deposited file of a version that is open."""
    assert version.deposit is not None, "an open version has its file"
    return version.deposit


def digest_of(version: ListingVersion) -> str:
    """This will write the file's hash as an HTTP ``Repr-Digest`` (RFC 9530)."""
    return f"sha-256=:{b64encode(bytes.fromhex(version.file_sha256)).decode()}:"


def json_of(version: ListingVersion) -> Iterator[str]:
    """This will write a version's table as JSON, a row at a time; every value stays the text it is in the file."""
    held, licence = file_of(version), licence_of(version)
    with text_of(held, encoding_of(held)) as lines:
        rows = csv.reader(lines)
        head = {"listing": version.listing.code, "version": version.code, "title": {"zh": version.title_zh, "en": version.title_en},
                "licence": licence.href, "file_sha256": version.file_sha256, "columns": next(rows, [])}
        yield json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [\n'
        between = ""
        for row in rows:
            yield between + json.dumps(row, ensure_ascii=False)
            between = ",\n"
    yield "\n]}\n"


def updates() -> list[ListingVersion]:
    """This will list the versions that opened or renewed what is still open, newest first."""
    rows = ListingVersion.objects.filter(circulation=CirculationMode.OPEN, listing__status=ListingStatus.LISTED,
                                         listing__version__circulation=CirculationMode.OPEN,
                                         status__in=[VersionStatus.PUBLISHED, VersionStatus.SUPERSEDED])
    return list(rows.select_related("listing", "organization").order_by("-published_at", "-pk")[:UPDATES])


def _put(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
    made = Xml.SubElement(parent, name, attributes)
    made.text = text or None
    return made


@covers("W10", "R117")
def atom(*, title: tuple[str, str], at: datetime) -> bytes:
    """This will write the feed of updates of open data as Atom (RFC 4287); ``at`` stands for its time where nothing is open yet."""
    here, found = settings.PUBLIC_ADDRESS, updates()
    feed = Xml.Element("feed", {"xmlns": _ATOM, "xml:lang": "zh-Hans"})
    _put(feed, "id", f"{here}/api/open/feed.atom")
    _put(feed, "title", " · ".join(title))
    _put(feed, "updated", rfc3339(found[0].published_at if found and found[0].published_at else at))
    _put(feed, "link", rel="self", href=f"{here}/api/open/feed.atom", type="application/atom+xml")
    _put(feed, "link", rel="alternate", href=f"{here}/open/", type="text/html")
    for one in found:
        _entry(feed, one, here)
    written: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: Xml.Element, one: ListingVersion, here: str) -> None:
    assert one.published_at is not None, "a published version has its time"
    page, licence, current = f"{here}/listings/{one.listing.code}/", licence_of(one), one.listing.version_id == one.pk
    entry = _put(feed, "entry")
    _put(entry, "id", f"urn:data-exchange:version:{one.code}")
    _put(entry, "title", " · ".join(dict.fromkeys(one.titles)))
    _put(entry, "updated", rfc3339(one.published_at))
    _put(_put(entry, "author"), "name", one.organization.name)
    _put(entry, "link", rel="alternate", href=page, type="text/html")
    _put(entry, "link", rel="license", href=licence.href)
    if one.listing.pilot_id is not None:
        _put(entry, "category", term="pilot", label="试点 · Pilot")
    if current:
        _put(entry, "link", rel="enclosure", href=f"{here}/api/open/{one.listing.code}/data.csv", type="text/csv",
             length=str(one.file_bytes or 0))
    _put(entry, "summary", f"第 {one.number} 版 · Version {one.number} · SHA-256 {one.file_sha256}")
