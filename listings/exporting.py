"""The public catalogue of what is on sale, for machines: DCAT-AP as Turtle or JSON-LD, or plain JSON that another exchange reads back.

The output depends on the data alone (no time of writing), so its tag is the state of the shelf and equal states are equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from compliance.taxonomy import CirculationMode
from evidence.events import rfc3339
from kit.coverage import covers
from listings.catalogues.dcat_writing import Catalog, as_jsonld, as_turtle
from listings.catalogues.entries import Agent, Distribution, Entry, Term
from listings.catalogues.exchange_json import KIND
from listings.circulating import licence_of
from listings.models import Listing, ListingVersion
from listings.sectors import SECTORS
from listings.states import ListingStatus
from participants.models import Organization, Venue
from participants.queries import house_venue

__all__ = ["FORMATS", "agent_of", "catalog_of", "catalogue_tag", "entry_of", "live_entries", "written"]

#: How many listings are read at a time; no query of an export runs long.
SLICE = 200
_EU = "http://publications.europa.eu/resource/authority"
_CHINESE = Term(f"{_EU}/language/ZHO", {"en": "Chinese", "zh": "中文"})
_PUBLIC = Term(f"{_EU}/access-right/PUBLIC", {"en": "Open to everyone", "zh": "向所有人开放"})
_RESTRICTED = Term(f"{_EU}/access-right/RESTRICTED", {"en": "Licensed on the exchange", "zh": "经交易所许可使用"})
#: Words sellers use for how often data comes, in the EU's vocabulary.
_OFTEN = {
    "实时": "CONT",
    "小时": "HOURLY",
    "每日": "DAILY",
    "日": "DAILY",
    "每天": "DAILY",
    "每周": "WEEKLY",
    "周": "WEEKLY",
    "每月": "MONTHLY",
    "月": "MONTHLY",
    "每季度": "QUARTERLY",
    "季度": "QUARTERLY",
    "每年": "ANNUAL",
    "年": "ANNUAL",
    "不定期": "IRREG",
    "一次性": "NEVER",
}
_TYPES = {
    "csv": ("CSV", "text/csv"),
    "json": ("JSON", "application/json"),
    "xlsx": ("XLSX", ""),
    "zip": ("ZIP", "application/zip"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "pdf": ("PDF", "application/pdf"),
}
_PARTED = re.compile(r"[,，、;；|\s]+")
_OFFERED = (
    "sale_mode",
    "pricing_mode",
    "price_fen",
    "quota",
    "category",
    "stage",
    "grade",
    "sector",
    "delivery_mode",
    "row_count",
    "content_hash",
    "use_terms",
)


def _pair(zh: str, en: str) -> dict[str, str]:
    return {language: text for language, text in (("en", en), ("zh", zh)) if text}


def agent_of(organization: Organization) -> Agent:
    """This will describe an organisation as a publisher."""
    kind = Term(f"urn:data-exchange:organization-kind:{organization.kind}", {"en": organization.kind.replace("_", " ")})
    return Agent(
        f"urn:data-exchange:organization:{organization.code}", organization.code, _pair(organization.name, organization.name_en), kind
    )


def _frequency(text: str) -> Term | None:
    if not text:
        return None
    known = _OFTEN.get(text.strip())
    return Term(f"{_EU}/frequency/{known}" if known else "", {} if known else {"zh": text})


def _open_ways(listing: Listing, version: ListingVersion, page: str) -> tuple[Distribution, ...]:
    """Open data is fetched as it was deposited, or as JSON made of it; both under their licence."""
    licence = licence_of(version)
    terms = Term(licence.href, _pair(*licence.text))
    made = []
    for suffix in ("csv", "json"):
        kind, media = _TYPES[suffix]
        address = f"{settings.PUBLIC_ADDRESS}/api/open/{listing.code}/data.{suffix}"
        made.append(Distribution(
            iri=f"{page}#{suffix}", access_url=page, download_url=address, titles={"": f"{listing.code}.{suffix}"},
            format=Term(f"{_EU}/file-type/{kind}"), media_type=Term(f"https://www.iana.org/assignments/media-types/{media}"),
            bytes=version.file_bytes if suffix == "csv" else None, sha256=version.file_sha256 if suffix == "csv" else "", licence=terms))
    return tuple(made)


def _distribution(listing: Listing, version: ListingVersion, page: str) -> Distribution:
    suffix = version.file_name.rpartition(".")[2].lower()
    kind, media = _TYPES.get(suffix, ("", ""))
    terms = Term(f"{page}#terms", {"en": "Terms of use of this listing", "zh": "本产品使用条款"})
    return Distribution(
        iri=f"{page}#file",
        access_url=page,
        titles={"": version.file_name} if version.file_name else {},
        format=Term(f"{_EU}/file-type/{kind}") if kind else None,
        media_type=Term(f"https://www.iana.org/assignments/media-types/{media}") if media else None,
        bytes=version.file_bytes,
        sha256=version.file_sha256,
        licence=terms,
    )


@covers("D6", "W9")
def entry_of(listing: Listing) -> Entry:
    """This will describe a listing and the version in force, public facts only: no reserve, no sample row, no person."""
    version = listing.version
    assert version is not None, "only a published listing is described"
    page = f"{settings.PUBLIC_ADDRESS}/listings/{listing.code}/"
    sector = SECTORS.get(version.sector)
    statement = listing.product.source_statement
    offer: dict[str, Any] = {name: getattr(version, name) for name in _OFFERED}
    if version.circulation != CirculationMode.TRADE:
        offer["circulation"] = version.circulation
    trial = {("zh", "试点"), ("en", "pilot")} if listing.pilot is not None else set()
    offer |= {
        "version": version.code,
        "certificate": listing.certificate.code if listing.certificate else None,
        "summary": _pair(version.summary_zh, version.summary_en),
        "listing": listing.code,
        "pilot": listing.pilot.code if listing.pilot is not None else None,
        "seller": listing.organization.code,
        "columns": [{"name": str(one.get("name", "")), "type": str(one.get("type", ""))} for one in version.columns],
    }
    return Entry(
        iri=page,
        identifier=listing.code,
        titles=_pair(version.title_zh, version.title_en),
        descriptions=_pair(version.description_zh or version.summary_zh or version.title_zh, version.description_en or version.summary_en),
        keywords=tuple(sorted({("zh", word) for word in _PARTED.split(version.keywords) if word} | trial)),
        publisher=agent_of(listing.organization),
        themes=(Term(f"urn:data-exchange:sector:{version.sector}", _pair(*sector)),) if sector else (),
        frequency=_frequency(version.update_frequency),
        issued=_instant(listing.listed_at),
        modified=_instant(version.published_at),
        languages=(_CHINESE,),
        access_rights=_PUBLIC if version.circulation == CirculationMode.OPEN else _RESTRICTED,
        provenance={"zh": statement} if statement else {},
        landing_pages=(page,),
        version=str(version.number),
        version_notes=_pair("以试点出售，限量限期", "Sold as a pilot, within caps and for a time") if trial else {},
        distributions=(_open_ways(listing, version, page) if version.circulation == CirculationMode.OPEN
                       else (_distribution(listing, version, page),)),
        offer={name: value for name, value in sorted(offer.items()) if value not in (None, "", {}, [])},
    )


def _instant(at: datetime | None) -> str:
    return rfc3339(at) if at else ""


def live_entries() -> Iterator[Entry]:
    """This will describe everything on sale, in the order of listing, a slice at a time."""
    last = 0
    rows = Listing.objects.listed().filter(version__isnull=False)
    rows = rows.select_related("version", "organization", "product", "certificate", "pilot")
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:SLICE]):
        last = page[-1].pk
        yield from map(entry_of, page)


def catalog_of(venue: Venue) -> Catalog:
    """This will describe the catalogue itself."""
    home = f"{settings.PUBLIC_ADDRESS}/"
    publisher = Agent(
        f"urn:data-exchange:venue:{venue.code}",
        venue.code,
        _pair(venue.name_zh, venue.name_en),
        Term("urn:data-exchange:organization-kind:venue", {"en": "venue"}),
    )
    return Catalog(
        iri=f"{home}api/catalogue",
        titles=_pair(f"{venue.name_zh}公开目录", f"Public catalogue of {venue.name_en}"),
        descriptions=_pair(
            "在售数据产品的机读目录，随挂牌动态更新。", "What is on sale, for machines; it follows each listing as it changes."
        ),
        publisher=publisher,
        homepage=home,
        languages=(_CHINESE,),
        licence=Term("https://creativecommons.org/publicdomain/zero/1.0/", {"en": "The catalogue itself is free to use (CC0)"}),
        taxonomy=Term("urn:data-exchange:sectors", {"en": "Industries by GB/T 4754-2017", "zh": "国民经济行业分类"}),
    )


def catalogue_tag() -> str:
    """This will name the state of the shelf: what is on sale, in which version, from whom, under which certificate."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(COALESCE(string_agg(concat_ws(':', l.code, l.version_id, l.certificate_id, l.pilot_id, l.listed_at, o.name, "
            "o.name_en), '|' ORDER BY l.id), '')) FROM listings_listing l JOIN participants_organization o ON o.id = l.organization_id "
            "WHERE l.status = %s AND NOT l.closed",
            [ListingStatus.LISTED],
        )
        state = str(cursor.fetchone()[0])
    return hashlib.sha256(f"{state}|{settings.PUBLIC_ADDRESS}|{KIND}".encode()).hexdigest()[:32]


def _as_json(catalog: Catalog, entries: Iterator[Entry]) -> Iterator[str]:
    head = {"iri": catalog.iri, "titles": catalog.titles, "publisher": catalog.publisher.identifier, "homepage": catalog.homepage}
    yield f'{{"kind": "{KIND}", "catalogue": {json.dumps(head, ensure_ascii=False)}, "entries": [\n'
    for number, entry in enumerate(entries):
        yield (",\n" if number else "") + json.dumps(entry.as_json(), ensure_ascii=False, sort_keys=True)
    yield "\n]}\n"


#: spelling -> (media type, writer)
FORMATS: dict[str, tuple[str, Callable[[Catalog, Iterator[Entry]], Iterator[str]]]] = {
    "turtle": ("text/turtle", as_turtle),
    "jsonld": ("application/ld+json", as_jsonld),
    "json": ("application/json", _as_json),
}


@covers("D6", "W10")
def written(spelling: str) -> Iterator[str]:
    """This will write the public catalogue in one of ``FORMATS``, in pieces."""
    return FORMATS[spelling][1](catalog_of(house_venue()), live_entries())
