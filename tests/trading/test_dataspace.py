"""The Dataspace Protocol's version and catalogue parts: what a connector of another dataspace reads here (CAP-I5)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from compliance.policy.graph import read_graph
from kit.coverage import covers
from listings.models import Listing
from tests.trading.worlds import make_listing, stand_still
from trading import dataspace_api

pytestmark = pytest.mark.django_db
ASK = {"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "CatalogRequestMessage"}


def ask(address: str = "/api/dsp/catalog/request", **more: Any) -> Any:
    return Client().post(address, json.dumps(ASK | more), content_type="application/json")


@pytest.fixture
def listing() -> Listing:
    stand_still()
    return make_listing(sale_mode="fixed", price_fen=12_345, use_terms={
        "purposes": ["research"], "term_days": 365, "regions": ["CN"], "calls": 10})


@covers("CAP-I5")
def test_a_connector_finds_the_version_the_catalogue_and_one_data_set(listing: Listing) -> None:
    spoken = Client().get("/.well-known/dspace-version").json()["protocolVersions"][0]
    assert (spoken["version"], spoken["path"]) == ("2025-1", "/api/dsp")
    told = ask().json()
    assert told["@type"] == "Catalog" and told["participantId"] and told["service"][0]["endpointURL"].endswith("/api/dsp")
    (one,) = told["dataset"]
    assert one["@id"] == f"urn:data-exchange:listing:{listing.code}"
    assert one["distribution"][0]["accessService"] == told["service"][0]["@id"]
    alone = Client().get(f"/api/dsp/catalog/datasets/{one['@id']}").json()
    assert {name: value for name, value in alone.items() if name != "@context"} == one


@covers("CAP-I5", "F1", "F2")
def test_an_offer_permits_what_an_order_would_and_names_neither_buyer_nor_target(listing: Listing) -> None:
    (offer,) = ask().json()["dataset"][0]["hasPolicy"]
    (permission,) = offer["permission"]
    assert offer["@type"] == "Offer" and "assignee" not in permission and "target" not in offer, "as the protocol asks of an offer"
    limits = {one["leftOperand"]: one["rightOperand"] for one in permission["constraint"]}
    assert limits["purpose"] == ["research"] and limits["spatial"] == ["CN"] and limits["count"] == 10
    assert limits["elapsedTime"] == {"@value": "P365D", "@type": "xsd:duration"}, "a term from the agreement on has no date yet"
    assert permission["duty"][-1]["constraint"][0]["rightOperand"]["@value"] == "123.45"
    assert {one["action"] for one in offer["prohibition"]} >= {"dx:train", "grantUse"}, "what is not allowed is forbidden by name"
    policy = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Offer", "uid": offer["@id"], "permission": offer["permission"],
              "prohibition": offer["prohibition"]}
    assert read_graph(json.dumps(policy)).triples, "it reads as ODRL"


@covers("CAP-I5")
def test_a_filter_or_another_message_is_refused_in_the_protocols_words_and_not_passed_over(listing: Listing) -> None:
    for more, code in (({"filter": [{"x": 1}]}, "filter.unsupported"), ({"@type": "ContractRequestMessage"}, "message.unknown")):
        answer = ask(**more)
        assert answer.status_code == 400
        assert (answer.json()["@type"], answer.json()["code"]) == ("CatalogError", code) and answer.json()["reason"]
    absent = Client().get("/api/dsp/catalog/datasets/LST-0000000000")
    assert absent.status_code == 404 and absent.json()["@type"] == "CatalogError"


@covers("CAP-I5")
def test_a_long_catalogue_is_told_slice_by_slice_and_none_is_left_out(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataspace_api, "SLICE", 1)
    codes = {listing.code, make_listing().code}
    first = ask()
    after = first["Link"].partition("?after=")[2].partition(">")[0]
    second = ask(f"/api/dsp/catalog/request?after={after}")
    told = [one["dct:identifier"] for answer in (first, second) for one in answer.json()["dataset"]]
    assert set(told) == codes and len(told) == 2 and "Link" not in second


@covers("CAP-I5", "R30")
def test_what_is_closed_or_not_on_sale_is_in_no_catalogue(listing: Listing) -> None:
    Listing.objects.filter(pk=listing.pk).update(closed=True)
    assert ask().json()["dataset"] == []
    assert Client().get(f"/api/dsp/catalog/datasets/{listing.code}").status_code == 404
