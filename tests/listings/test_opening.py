"""The open lane (W10, R117): taken without order or sign-in, with hash and licence, told in the catalogue and in a feed of updates."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pyshacl
import pytest
from django.test import Client
from rdflib import DCTERMS, Graph, URIRef

from evidence.clock import MARKET_CLOCK, set_market_clock
from kit.coverage import covers
from listings.models import Listing
from listings.operations import attach_file, draft_version, submit_listing, suspend_listing
from tests.listings.test_export import exported, graph
from tests.listings.worlds import Seller, desk_decides, make_draft, make_listed, make_seller

pytestmark = pytest.mark.django_db
OPEN: dict[str, Any] = {"circulation": "open", "price_fen": 0, "use_terms": {"licence": "CC-BY-4.0"}}
TABLE = "日期,站点,备注\n2026-01-01,S1,\"逗号, 引号\"\"\"\n2026-01-02,S2,0.310\n".encode()
ATOM = "{http://www.w3.org/2005/Atom}"


def opened(seller: Seller | None = None, content: bytes = TABLE, **changes: Any) -> Listing:
    """A listing open to everyone, its file deposited by the real operation."""
    seller = seller or make_seller()
    set_market_clock(seller.clock.now(), 0)
    draft = make_draft(seller, **{**OPEN, **changes})
    draft = attach_file(version=draft, stream=io.BytesIO(content), name="stations.csv", actor=seller.actor, clock=seller.clock)
    version = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    return Listing.objects.select_related("version", "organization").get(pk=version.listing_id)


@covers("W10", "R117", "R43")
def test_open_data_is_taken_without_order_or_sign_in_with_its_hash_and_its_licence(client: Client) -> None:
    listing = opened()
    assert listing.version is not None
    answer = client.get(f"/api/open/{listing.code}/data.csv")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    digest = hashlib.sha256(TABLE).digest()
    assert body == TABLE and answer["Content-Type"].startswith("text/csv")
    assert answer["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:" and answer["ETag"] == f'"{digest.hex()}"'
    assert answer["Link"] == '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    assert answer["X-Version"] == listing.version.code and answer["Access-Control-Allow-Origin"] == "*"


@covers("W10")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_same_table_as_json_loses_no_character_of_any_value(client: Client, encoding: str) -> None:
    content = TABLE.decode().encode(encoding)
    listing = opened(content=content)
    answer = client.get(f"/api/open/{listing.code}/data.json")
    told = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert told["columns"] == ["日期", "站点", "备注"]
    assert told["rows"] == [["2026-01-01", "S1", '逗号, 引号"'], ["2026-01-02", "S2", "0.310"]]
    assert told["file_sha256"] == hashlib.sha256(content).hexdigest() and told["licence"].endswith("/by/4.0/")


@covers("R43")
def test_what_is_not_open_is_refused_by_its_cells_name_and_what_is_off_sale_by_its_reason(client: Client) -> None:
    traded = make_listed()
    answer = client.get(f"/api/open/{traded.code}/data.csv", headers={"accept-language": "zh-hans"})
    assert answer.status_code == 422 and "交易·场内" in answer.content.decode()
    seller = make_seller()
    listing = opened(seller)
    suspend_listing(listing=listing, reason=("核对", "Checking"), actor=seller.actor, clock=seller.clock)
    stopped = client.get(f"/api/open/{listing.code}/data.json")
    assert stopped.status_code >= 400 and "listings.listing.suspended" in stopped.content.decode()
    assert client.get("/api/open/LST-NOTHERE000/data.csv").status_code == 404


@covers("W10", "R117")
def test_the_feed_tells_every_published_version_of_what_is_open_newest_first(client: Client) -> None:
    assert Xml.fromstring(client.get("/api/open/feed.atom").content).findall(f"{ATOM}entry") == []
    seller = make_seller()
    make_listed(seller)
    listing = opened(seller)
    seller.clock.move_to(seller.clock.now() + timedelta(days=3))
    draft = draft_version(listing=listing, actor=seller.actor, clock=seller.clock)
    draft = attach_file(version=draft, stream=io.BytesIO(TABLE + b"2026-01-03,S3,x\n"), name="stations.csv", actor=seller.actor,
                        clock=seller.clock)
    version = submit_listing(version=draft, actor=seller.actor, clock=seller.clock)
    if version.status == "submitted":
        desk_decides(version, "approve", seller.clock)
    feed = Xml.fromstring(client.get("/api/open/feed.atom").content)
    entries = feed.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}id") for one in entries] == [
        f"urn:data-exchange:version:{one.code}" for one in listing.versions.order_by("-number")]
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
    kinds = [[link.get("rel") for link in one.findall(f"{ATOM}link")] for one in entries]
    assert "enclosure" in kinds[0] and "enclosure" not in kinds[1], "only the version in force can be fetched"
    assert version.file_sha256 in (entries[0].findtext(f"{ATOM}summary") or "")


@covers("D6", "W10")
def test_the_catalogue_says_public_access_the_licence_and_where_to_download(client: Client, shared: Path) -> None:
    listing = opened()
    told = graph(exported(syntax="turtle"))
    assert isinstance(told, Graph)
    rights = {str(one) for one in told.objects(None, DCTERMS.accessRights)}
    assert rights == {"http://publications.europa.eu/resource/authority/access-right/PUBLIC"}
    ways = {str(one) for one in told.objects(None, URIRef("http://www.w3.org/ns/dcat#downloadURL"))}
    assert {one.rpartition("/")[2] for one in ways} == {"data.csv", "data.json"} and all(listing.code in one for one in ways)
    assert URIRef("https://creativecommons.org/licenses/by/4.0/") in set(told.objects(None, DCTERMS.license))
    shapes = Graph().parse(shared / "3-vectors" / "dcat-ap-shacl" / "dcat-ap_3.0.0_shapes.ttl", format="turtle")
    conforms, _, text = pyshacl.validate(told, shacl_graph=shapes, allow_warnings=True, advanced=True)
    assert conforms, text[:2000]


@covers("W10")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_open_data_lists_it_with_its_licence_and_both_ways_to_take_it(client: Client, language: str) -> None:
    read = {"accept-language": language}
    assert ("现在没有开放的数据" if language == "zh-hans" else "Nothing is open now") in client.get("/open/", headers=read).content.decode()
    listing = opened()
    page = client.get("/open/", headers=read).content.decode()
    for part in (listing.code, f"/api/open/{listing.code}/data.csv", f"/api/open/{listing.code}/data.json", "/by/4.0/", "feed.atom"):
        assert part in page
    assert f"/api/open/{listing.code}/data.csv" in client.get(f"/listings/{listing.code}/", headers=read).content.decode()
    assert client.get("/open/", {"page": "²"}).status_code == 200 and MARKET_CLOCK.now()


@covers("W10", "R41")
def test_the_page_of_open_data_names_its_licence_as_the_terms_of_use_and_shows_no_price_chart(client: Client) -> None:
    page = client.get(f"/listings/{opened().code}/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "任何人免费取得" in page and page.count("知识共享 署名 4.0") == 2, "beside the download, and among the terms"
    assert "没有限定用途" not in page and "随时可购" not in page and "挂牌价" not in page
