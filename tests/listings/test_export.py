"""The public catalogue: no violation of DCAT-AP, both spellings the same graph, and read back in nothing is lost."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from django.core.management import call_command
from rdflib import Graph
from rdflib.compare import isomorphic

from kit.coverage import covers
from listings.catalogues.dcat_writing import as_jsonld, as_turtle
from listings.catalogues.entries import Entry
from listings.exporting import catalog_of, entry_of, live_entries
from listings.models import DataResource, Listing
from listings.operations import suspend_listing
from participants.queries import house_venue
from tests.listings.worlds import Seller, make_listed, make_seller

pytestmark = pytest.mark.django_db
SPELLINGS = ["turtle", "jsonld"]


def exported(**options: Any) -> str:
    out = StringIO()
    call_command("export_catalogue", stdout=out, **options)
    return out.getvalue()


def graph(text: str, syntax: str = "turtle") -> Graph:
    return Graph().parse(data=text, format={"turtle": "turtle", "jsonld": "json-ld"}[syntax])


@pytest.fixture
def shelf() -> Seller:
    """Three listings, one with awkward words and little said, one in English as well."""
    seller = make_seller()
    make_listed(seller)
    make_listed(seller, title_zh='引号 " 反斜线 \\ 与 <尖括号>', title_en="Awkward", keywords="电力，充电 桩;能源",
                update_frequency="每日", sale_mode="negotiated", price_fen=None,
                description_zh="第一行\n第二行\t制表；覆盖三省一市的公共充电站，按站点类型分列，供产业研究使用。")
    make_listed(seller, title_zh="城市公交客流量日度数据", sector="G", update_frequency="逢单日")
    return seller


@covers("D6")
@pytest.mark.parametrize("version", ["2.1.1_shacl_", "3.0.0_"])
@pytest.mark.parametrize("syntax", SPELLINGS)
def test_the_export_violates_no_shape_of_dcat_ap(shelf: Seller, shared: Path, version: str, syntax: str) -> None:
    shapes = Graph()
    for part in ("shapes", "range", "shapes_recommended"):
        shapes.parse(shared / "3-vectors" / "dcat-ap-shacl" / f"dcat-ap_{version}{part}.ttl", format="turtle")
    conforms, _, text = pyshacl.validate(graph(exported(syntax=syntax), syntax), shacl_graph=shapes, allow_warnings=True, advanced=True)
    assert conforms, text[:4000]


@covers("D6")
def test_both_spellings_are_the_same_graph(shelf: Seller) -> None:
    assert isomorphic(graph(exported()), graph(exported(syntax="jsonld"), "jsonld"))


@covers("D6", "W9")
@pytest.mark.parametrize(("options", "name"), [({}, "ours.ttl"), ({"syntax": "jsonld"}, "ours.jsonld"), ({"format": "json"}, "ours.json")])
def test_our_own_export_read_back_loses_nothing(shelf: Seller, tmp_path: Path, options: dict[str, str], name: str) -> None:
    path = tmp_path / name
    path.write_text(exported(**options), encoding="utf-8")
    out = StringIO()
    call_command("import_catalogue", str(path), json=True, stdout=out, stderr=StringIO())
    report = json.loads(out.getvalue())
    assert (report["read"], report["created"], report["warnings"], report["refused"]) == (3, 3, [], [])
    assert report["distributions"] == 3
    sent = sorted(live_entries(), key=lambda one: one.iri)
    kept = sorted((Entry.of_json(one.details) for one in DataResource.objects.all()), key=lambda one: one.iri)
    for ours, theirs in zip(sent, kept, strict=True):
        assert theirs.as_json() == ours.as_json()
    catalog = catalog_of(house_venue())
    assert isomorphic(graph("".join(as_turtle(catalog, kept))), graph("".join(as_turtle(catalog, sent))))
    assert json.loads("".join(as_jsonld(catalog, kept))) == json.loads("".join(as_jsonld(catalog, sent)))


def test_what_is_off_sale_is_not_told_and_secrets_never(shelf: Seller) -> None:
    listing = Listing.objects.order_by("pk").first()
    assert listing is not None and listing.version is not None
    suspend_listing(listing=listing, reason=("自查", "self check"), actor=shelf.actor, clock=shelf.clock)
    text = exported()
    assert listing.code not in text
    assert "reserve" not in text and "sample" not in text


def test_an_entry_says_the_price_the_terms_and_the_columns(shelf: Seller) -> None:
    listing = Listing.objects.filter(version__price_fen=4_800_000).select_related("version", "product", "certificate").first()
    assert listing is not None
    offer = entry_of(listing).offer
    assert offer["price_fen"] == 4_800_000 and offer["use_terms"]["term_days"] == 365
    assert [column["name"] for column in offer["columns"]] == ["日期", "利用率"]
