"""What anyone may read of supply: search finds any two characters, verdicts are explained, registrations in notice can be objected to."""

import pytest
from django.test import Client

from kit.coverage import covers
from tests.factories import clock
from tests.listings.worlds import make_listed, make_registered, make_seller

pytestmark = pytest.mark.django_db


@covers("D1")
def test_any_two_neighbouring_characters_find_a_listing(client: Client) -> None:
    listing = make_listed()
    assert listing.version is not None
    title = listing.version.title_zh
    for start in range(len(title) - 1):
        answer = client.get("/listings/", {"q": title[start : start + 2]})
        assert listing.code in answer.content.decode(), title[start : start + 2]
    assert listing.code not in client.get("/listings/", {"q": "不存在的词"}).content.decode()


@covers("D1")
def test_a_facet_narrows_and_is_taken_back_by_the_same_link(client: Client) -> None:
    listing = make_listed()
    narrowed = client.get("/listings/", {"category": "public"})
    assert listing.code not in narrowed.content.decode()
    assert listing.code in client.get("/listings/", {"category": "enterprise", "sort": "price"}).content.decode()


@pytest.mark.parametrize("query", ["%%%", "_" * 500, "\\", "'", "\x00a", "😀" * 50, "sort=", "a" * 10_000])
def test_a_strange_query_is_an_answer_never_a_fault(client: Client, query: str) -> None:
    assert client.get("/listings/", {"q": query, "after": query[:50], "sort": query[:20], "grade": query[:20]}).status_code == (
        400 if "\x00" in query else 200)  # NUL is refused before any page


@covers("C7", "R84")
def test_why_names_every_rule_that_was_applied(client: Client) -> None:
    listing = make_listed()
    page = client.get(f"/listings/{listing.code}/why/").content.decode()
    assert page.count("NL-P-") >= 24
    assert client.get("/listings/LST-0000000000/why/").status_code == 404


@covers("B6", "R10")
def test_a_registration_open_to_objection_is_public_and_a_stranger_is_asked_to_sign_in(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listings.public_views.MARKET_CLOCK", clock())
    _, certificate = make_registered(make_seller())[:2]
    code = certificate.registration.code
    assert code in client.get("/listings/registrations/").content.decode()
    assert client.get(f"/listings/registrations/{code}/").status_code == 200
    refused = client.post(f"/listings/registrations/{code}/", {"grounds": "本单位是该数据的来源方，从未同意。"})
    assert refused.status_code == 302
    assert refused["Location"].startswith("/accounts/login/")
