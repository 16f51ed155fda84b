"""Other exchanges keep in step with the register (R56): moves of certificates in the order of the record book, signed, idempotent."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from evidence.canonical import canonical
from evidence.keys import public_bytes, signing_key
from evidence.operations import drain
from kit.coverage import covers
from listings.interconnecting import moves_after
from listings.models import ListingVersion, RegistrationCertificate
from listings.operations import freeze_certificate, thaw_certificate
from participants.roles import Role
from tests.factories import make_actor
from tests.listings.worlds import Seller, make_registered, make_seller

pytestmark = pytest.mark.django_db


class Peer:
    """Another exchange: takes pages in, keeps the newest state of each certificate, remembers where it stopped."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.after = -1
        self.pages = 0

    def pull(self, limit: int = 500) -> None:
        more = True
        while more:
            page = read(self.after, limit)
            self.take(page)
            more = page["content"]["more"]
            self.pages += 1

    def take(self, page: dict[str, Any]) -> None:
        Ed25519PublicKey.from_public_bytes(public_bytes(signing_key())).verify(
            base64.b64decode(page["signature"]), canonical(page["content"]))
        for one in page["content"]["items"]:
            self.held[one["certificate"]] = one["state"]
        self.after = max(self.after, page["content"]["next"])


def read(after: int, limit: int = 500) -> dict[str, Any]:
    answer = Client().get(f"/api/interconnect/registrations/?after={after}&limit={limit}")
    assert answer.status_code == 200
    return dict(answer.json())


def moved() -> tuple[Seller, RegistrationCertificate, RegistrationCertificate]:
    """Two certificates; the first was frozen and speaks again, the second is frozen."""
    seller, officer = make_seller(), make_actor(Role.COMPLIANCE_OFFICER)
    who: dict[str, Any] = {"actor": officer, "clock": seller.clock}
    first, second = (RegistrationCertificate.objects.get(product=make_registered(seller)[0]) for _ in range(2))
    freeze_certificate(certificate=first, cause_code="CASE-TEST", **who)
    thaw_certificate(certificate=first, **who)
    freeze_certificate(certificate=second, cause_code="CASE-TEST", **who)
    drain(clock=seller.clock)
    return seller, first, second


@covers("R56", "CAP-I7")
def test_a_peer_that_pulls_in_pages_of_one_holds_what_the_register_holds_and_pulling_again_changes_nothing() -> None:
    _, first, second = moved()
    peer = Peer()
    peer.pull(limit=1)
    assert peer.held == {first.code: "valid", second.code: "frozen"} and peer.pages == 5
    before, reached = dict(peer.held), peer.after
    peer.after = -1
    peer.pull()
    assert (peer.held, peer.after) == (before, reached), "taking everything in twice changes nothing"
    assert read(-1) == read(-1) and read(reached)["content"]["items"] == []


@covers("R56")
def test_each_move_names_registration_product_holder_and_identity() -> None:
    seller, first, _ = moved()
    one = next(one for one in read(-1)["content"]["items"] if one["certificate"] == first.code)
    assert (one["act"], one["state"], one["registration"]) == ("issued", "valid", first.registration.code)
    assert one["holder"] == {"code": seller.organization.code, "name": seller.organization.name, "name_en": seller.organization.name_en,
                             "uscc": seller.organization.uscc}
    assert one["content_hash"] == first.content_hash
    positions = [one["position"] for one in read(-1)["content"]["items"]]
    assert positions == sorted(set(positions))


@covers("R56")
def test_a_page_that_was_changed_on_the_way_is_not_taken_in() -> None:
    _, first, _ = moved()
    page = read(-1)
    page["content"]["items"][0]["state"] = "revoked"
    peer = Peer()
    with pytest.raises(InvalidSignature):
        peer.take(page)
    assert first.code not in peer.held


@covers("R56", "R30")
def test_what_is_special_by_law_is_not_told() -> None:
    seller, first, second = moved()
    from listings.operations import open_listing

    draft = open_listing(product=second.product, actor=seller.actor, clock=seller.clock)
    ListingVersion.objects.filter(pk=draft.pk).update(facts={"special_pi": True})
    told, _, _ = moves_after(-1)
    assert {one["certificate"] for one in told} == {first.code}


@covers("R56", "T58")
@pytest.mark.parametrize("query", ["after=x", "after=-2", "limit=0", "limit=501", "after=9999999999999999999", "limit=１"])
def test_a_faulty_question_is_refused_at_its_field(query: str) -> None:
    assert Client().get(f"/api/interconnect/registrations/?{query}").status_code == 400


@covers("R56")
def test_anyone_reads_how_far_the_book_is_in_both_languages() -> None:
    _, first, _ = moved()
    for language, words in (("zh-hans", "同步状态"), ("en", "State of the feed")):
        page = Client(headers={"accept-language": language}).get("/interconnect/").content.decode()
        assert words in page and first.code in page
