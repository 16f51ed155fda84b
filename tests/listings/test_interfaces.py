"""What is delivered by a call tells its interface before it is listed (R46): OpenAPI 3, read and never followed, screened, shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from compliance.taxonomy import CALLED
from kit.coverage import covers
from kit.rejected import Rejected
from listings.completeness import missing_in
from listings.content import profile_of
from listings.interfaces import Call, read_interface
from listings.operations import save_draft
from tests.listings.worlds import make_draft, make_listed, make_seller

pytestmark = pytest.mark.django_db
CALLS: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "利用率查询", "version": "1"}, "paths": {
    "/utilisation": {"get": {"summary": "按站点和日期查询利用率", "responses": {"200": {"description": "利用率"}}}},
    "/stations/{id}": {"parameters": [], "get": {"summary": "One station", "responses": {"200": {"description": "ok"}}}}}}
TEXT = json.dumps(CALLS, ensure_ascii=False)


@covers("R46")
def test_a_description_is_read_into_its_calls() -> None:
    assert read_interface(TEXT) == [Call("GET", "/utilisation", "按站点和日期查询利用率"), Call("GET", "/stations/{id}", "One station")]


@covers("R46", "T58")
@pytest.mark.parametrize(("text", "english"), [
    ("{", "no JSON (line 1)"), ("[]", "OpenAPI 3"), ('{"swagger": "2.0"}', "OpenAPI 3"), ('{"openapi": "3.0.0"}', "no paths"),
    ('{"openapi": "3.0.0", "paths": {"/a": {}}}', "no call in it"),
    ('{"openapi": "3.0.0", "paths": {"a": {"get": {}}}}', "begin with /"),
    ('{"openapi": "3.0.0", "paths": {"/a": {"get": {}}}}', "does not say what it answers"),
    ('{"openapi": "3.0.0", "paths": {"/a": 1}}', "list its verbs"),
    ("[" * 9_000, "no JSON"),
])
def test_what_is_no_description_is_refused_with_what_is_wrong_at_its_field(text: str, english: str) -> None:
    seller = make_seller()
    draft = make_draft(seller)
    with pytest.raises(Rejected) as caught:
        save_draft(version=draft, edit_version=draft.edit_version, changes={"use_terms": {**draft.use_terms, "interface": text}},
                   actor=seller.actor, clock=seller.clock)
    fault = caught.value.errors[0]
    assert fault.field == "use_terms.interface" and english in fault.text[1]


@covers("R46", "D2")
@pytest.mark.parametrize("mode", sorted(CALLED))
def test_a_product_delivered_by_a_call_lacks_its_interface_until_it_is_described(mode: str) -> None:
    seller = make_seller()
    draft = make_draft(seller)
    draft = save_draft(version=draft, edit_version=draft.edit_version, changes={"delivery_mode": mode}, actor=seller.actor,
                       clock=seller.clock)
    assert [one.field for one in missing_in(draft) if one.section == "terms"] == ["use_terms.interface"]
    draft = save_draft(version=draft, edit_version=draft.edit_version, changes={"use_terms": {**draft.use_terms, "interface": TEXT}},
                       actor=seller.actor, clock=seller.clock)
    assert [one.field for one in missing_in(draft) if one.section == "terms"] == []


@covers("R46", "R4")
def test_a_description_is_screened_like_every_other_text_of_the_listing() -> None:
    draft = make_draft(make_seller(), use_terms={"purposes": ["industry"], "regions": ["CN"], "term_days": 365, "interface": TEXT})
    assert "按站点和日期查询利用率" in profile_of(draft).texts["interface"]


@covers("R46")
def test_everyone_reads_the_calls_of_what_is_on_sale_in_both_languages() -> None:
    listing = make_listed(make_seller(), delivery_mode="api",
                          use_terms={"purposes": ["industry"], "regions": ["CN"], "term_days": 365, "interface": TEXT})
    for language, name in (("zh-hans", "接口说明"), ("en", "Interface")):
        page = Client(headers={"accept-language": language}).get(f"/listings/{listing.code}/").content.decode()
        assert name in page and "/stations/{id}" in page and "One station" in page
