"""Another exchange is recognised by two, its signed pages taken in once and whole, and what they say counts here (CAP-I5, R56)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import Error, transaction
from django.test import Client

from evidence.canonical import canonical
from evidence.clock import MARKET_CLOCK
from evidence.keys import public_bytes
from evidence.models import Record
from evidence.operations import drain
from kit.actors import Actor
from kit.coverage import covers
from kit.rejected import Rejected
from listings.depth import DepthFacts, depth_of
from listings.interconnecting import signed_page
from listings.models import DataResource, Listing, ListingVersion, Peer, PeerCertificate, PeerStanding
from listings.peer_pages import CERTIFICATES, STANDINGS
from listings.peer_pulling import pull_due
from listings.peering import decide_peer, end_peer, mark_silent, propose_peer, take_page
from listings.submitting import depth_facts, screen_version
from participants.models import Approval, ApprovalStatus, Notice, Organization
from participants.operations import set_standing
from participants.queries import house_venue, venue_organization
from participants.roles import Band, Role, Standing
from tests.factories import make_actor, make_user
from tests.listings.worlds import make_registered, make_seller
from tests.receivers import Receiver, receiver
from tests.trading.worlds import make_listing, move, stand_still

pytestmark = pytest.mark.django_db
USCC, OTHER = "91310000MA1FL0001X", "91310000MA1FL0002Y"
THEIRS = Ed25519PrivateKey.generate()
KEY = public_bytes(THEIRS).hex()
ORIGIN = "south.example.org"


@pytest.fixture(autouse=True)
def _on_this_machine(settings: Any) -> None:
    stand_still()
    settings.WEBHOOKS_REACH_PRIVATE = True


def regulator() -> Actor:
    return make_actor(Role.REGULATOR)


def recognised(address: str = "http://127.0.0.1:9", *, key: str = KEY, origin: str = ORIGIN) -> Peer:
    asked = propose_peer(name=("南方数据交易所", "Southern Data Exchange"), address=address, origin=origin, key=key, actor=regulator(),
                         clock=MARKET_CLOCK)
    made = decide_peer(approval=asked, agree=True, reason="已核对公钥", actor=regulator(), clock=MARKET_CLOCK)
    assert made is not None
    return made


def certificate(position: int, code: str = "CRT-SOUTH00001", **more: Any) -> dict[str, Any]:
    return {"position": position, "act": "issued", "at": "2031-01-01T00:00:00Z", "state": "valid", "certificate": code,
            "registration": "REG-SOUTH00001", "regime": "enterprise",
            "product": {"code": "PRD-1", "title": {"zh": "南方港口", "en": "Ports"}},
            "holder": {"code": "ORG-1", "name": "南方数据公司", "name_en": "South Data", "uscc": USCC}, "content_hash": "ab" * 32,
            "issued_at": "2031-01-01T00:00:00Z", "effective_to": "2034-01-01T00:00:00Z"} | more


def conduct(position: int, standing: str = "restricted", uscc: str = USCC, **more: Any) -> dict[str, Any]:
    return {"position": position, "act": "changed", "at": "2031-02-01T00:00:00Z", "standing": standing, "band": "D",
            "holder": {"code": "ORG-1", "name": "南方数据公司", "name_en": "South Data", "uscc": uscc}} | more


def page(*items: dict[str, Any], form: str = CERTIFICATES, after: int = -1, key: Ed25519PrivateKey = THEIRS, **more: Any,
         ) -> dict[str, Any]:
    content = {"format": form, "after": after, "next": max([after, *(one["position"] for one in items)]), "more": False,
               "items": list(items), "origin": ORIGIN} | more
    return {"content": content, "key_id": "k", "algorithm": "ed25519", "signature": base64.b64encode(key.sign(canonical(content))).decode()}


def take(peer: Peer, told: Any, form: str = CERTIFICATES) -> None:
    take_page(peer=peer, form=form, page=told, clock=MARKET_CLOCK)


# ---- recognised by two, ended by one -------------------------------------------------------------------------------------------


@covers("CAP-I5", "R56", "I18")
def test_an_exchange_is_recognised_by_two_different_people_of_the_authority() -> None:
    first = regulator()
    asked = propose_peer(name=("南方", "South"), address="http://127.0.0.1:9/", origin=ORIGIN, key=KEY.upper(), actor=first,
                         clock=MARKET_CLOCK)
    with pytest.raises(Rejected, match="same_person"):
        decide_peer(approval=asked, agree=True, reason="同意", actor=first, clock=MARKET_CLOCK)
    assert not Peer.objects.exists()
    made = decide_peer(approval=asked, agree=True, reason="同意", actor=regulator(), clock=MARKET_CLOCK)
    assert made is not None and (made.address, made.key) == ("http://127.0.0.1:9", KEY), "as it was proposed"
    assert Record.objects.filter(kind="listings.peer.recognised", subject=made.code).count() == 1


@covers("CAP-I5")
def test_who_is_no_regulator_recognises_nobody() -> None:
    for role in (Role.DATA_MERCHANT, Role.COMPLIANCE_OFFICER, Role.AUDITOR):
        with pytest.raises(Rejected):
            propose_peer(name=("南方", "South"), address="http://127.0.0.1:9", origin=ORIGIN, key=KEY, actor=make_actor(role),
                         clock=MARKET_CLOCK)


@covers("CAP-I5", "T53")
@pytest.mark.parametrize(("field", "value"), [
    ("address", "https://127.0.0.1"), ("address", "https://example.com/path"), ("address", "ftp://example.com"), ("address", ""),
    ("key", "ab"), ("key", "zz" * 32), ("origin", " "), ("name", "")])
def test_what_is_proposed_is_looked_at_field_by_field(field: str, value: str, settings: Any) -> None:
    settings.WEBHOOKS_REACH_PRIVATE = False
    said: dict[str, Any] = {"address": "https://example.com", "origin": ORIGIN, "key": KEY}
    name = (value, value) if field == "name" else ("南方", "South")
    with pytest.raises(Rejected) as refused:
        propose_peer(name=name, actor=regulator(), clock=MARKET_CLOCK, **said | ({} if field == "name" else {field: value}))
    assert {one.field for one in refused.value.errors} >= {"name_zh" if field == "name" else field}


@covers("CAP-I5")
def test_an_exchange_is_recognised_once_and_anew_after_its_end() -> None:
    peer = recognised()
    with pytest.raises(Rejected, match="known"):
        recognised()
    end_peer(peer=peer, reason="密钥更换", actor=regulator(), clock=MARKET_CLOCK)
    assert recognised().code != peer.code


@covers("CAP-I5")
def test_after_its_end_nothing_of_an_exchange_counts_and_the_end_is_final() -> None:
    peer = recognised()
    take(peer, page(certificate(3)))
    assert Client().get("/verify/CRT-SOUTH00001").status_code == 200
    end_peer(peer=peer, reason="对方停业", actor=regulator(), clock=MARKET_CLOCK)
    assert Client().get("/verify/CRT-SOUTH00001").status_code == 404
    with pytest.raises(Rejected, match="ended"):
        take(peer, page(certificate(4), after=3))
    with pytest.raises(Error), transaction.atomic():
        Peer.objects.filter(pk=peer.pk).update(ended_at=None, end_reason="")


# ---- a page is taken in whole, once, from whom it says ---------------------------------------------------------------------------


@covers("CAP-I5", "R56")
def test_a_page_is_taken_in_once_and_an_older_page_never_puts_back_what_came_after() -> None:
    peer = recognised()
    first, second = page(certificate(3), certificate(5, "CRT-SOUTH00002")), page(certificate(9, state="frozen"), after=5)
    take(peer, first)
    take(peer, second)
    before = list(PeerCertificate.objects.order_by("code").values())
    facts = Record.objects.filter(kind="listings.peer.taken").count()
    take(peer, first)
    take(peer, second)
    assert list(PeerCertificate.objects.order_by("code").values()) == before and facts == 2
    assert Record.objects.filter(kind="listings.peer.taken").count() == 2, "nothing was taken in twice"
    assert {one["code"]: one["state"] for one in before} == {"CRT-SOUTH00001": "frozen", "CRT-SOUTH00002": "valid"}


def naive_take(peer: Peer, told: dict[str, Any]) -> None:
    """The naive way: whatever a page says is written, wherever it stands."""
    for one in told["content"]["items"]:
        PeerCertificate.objects.filter(peer=peer, code=one["certificate"]).update(state=one["state"], position=one["position"])


@covers("CAP-I5")
def test_the_naive_way_of_taking_in_would_thaw_a_certificate_with_an_old_page_and_the_database_refuses_it() -> None:
    peer = recognised()
    first = page(certificate(3))
    take(peer, first)
    take(peer, page(certificate(9, state="revoked"), after=3))
    with pytest.raises(Error), transaction.atomic():
        naive_take(peer, first)
    assert PeerCertificate.objects.get().state == "revoked"


FAULTY: dict[str, Any] = {
    "another key": lambda: page(certificate(3), key=Ed25519PrivateKey.generate()),
    "a changed item": lambda: _changed(page(certificate(3))),
    "another exchange": lambda: page(certificate(3), origin="north.example.org"),
    "another register": lambda: page(certificate(3), form=STANDINGS),
    "a gap before it": lambda: page(certificate(9), after=7),
    "out of order": lambda: page(certificate(5), certificate(3)),
    "twice one place": lambda: page(certificate(5), certificate(5)),
    "ends before its last": lambda: page(certificate(5), next=4),
    "more, and no step on": lambda: page(after=-1, next=-1, more=True),
    "an unknown state": lambda: page(certificate(3, state="golden")),
    "a script for a code": lambda: page(certificate(3, "<script>")),
    "no holder": lambda: page(certificate(3, holder=None)),
    "a day for an instant": lambda: page(certificate(3, issued_at="2031-01-01")),
    "an invisible name": lambda: page(certificate(3, holder={"name": "南\u202e方", "name_en": "", "uscc": USCC})),
    "a number for a code": lambda: page(certificate(3, holder={"name": "南方", "name_en": "", "uscc": "1"})),
    "a truth for a place": lambda: page(certificate(3) | {"position": True}),
    "no page": list,
    "no content": lambda: {"content": None},
    "no signature": lambda: {**page(certificate(3)), "signature": None},
}


def _changed(told: dict[str, Any]) -> dict[str, Any]:
    told["content"]["items"][0]["state"] = "revoked"
    return told


@covers("CAP-I5", "R56")
@pytest.mark.parametrize("name", FAULTY)
def test_a_page_that_is_faulty_anywhere_is_taken_in_nowhere(name: str) -> None:
    peer = recognised()
    with pytest.raises(Rejected) as refused:
        take(peer, FAULTY[name]())
    assert refused.value.code == "listings.peer.page_faulty" and refused.value.params["why"]
    assert not PeerCertificate.objects.exists() and Peer.objects.get(pk=peer.pk).certificates_to == -1
    take(peer, page(certificate(3)))
    assert PeerCertificate.objects.count() == 1, "the same page, whole"


# ---- what it says counts here ----------------------------------------------------------------------------------------------------


@covers("CAP-I5", "R56")
def test_a_certificate_of_theirs_is_known_at_our_verification_with_its_state_and_where_to_ask() -> None:
    peer = recognised()
    take(peer, page(certificate(3)))
    for language, good in (("zh-hans", "对方登记簿中有效"), ("en", "valid in the other register")):
        text = Client(headers={"accept-language": language}).get("/verify/CRT-SOUTH00001").content.decode()
        assert good in text and "http://127.0.0.1:9/verify/CRT-SOUTH00001" in text and USCC in text
    take(peer, page(certificate(4, state="revoked"), after=3))
    text = Client().get("/verify/CRT-SOUTH00001").content.decode()
    assert "请勿据此交易" in text and "撤销" in text
    assert Client().get("/verify/CRT-SOUTH00009").status_code == 404


@covers("CAP-I5")
def test_a_certificate_past_its_term_is_not_good_though_its_register_was_not_heard_since() -> None:
    peer = recognised()
    take(peer, page(certificate(3, effective_to="2031-03-05T00:00:00Z")))
    one = PeerCertificate.objects.get()
    assert one.good_at(one.effective_to - timedelta(seconds=1)) and not one.good_at(one.effective_to)


def version_of(uscc: str) -> ListingVersion:
    listing: Listing = make_listing()
    version = listing.version
    assert version is not None
    Organization.objects.filter(pk=version.organization_id).update(uscc=uscc)
    return ListingVersion.objects.select_related("organization", "listing__product").get(pk=version.pk)


@covers("CAP-I5")
def test_who_is_restricted_at_a_recognised_exchange_is_reviewed_by_a_person_here_until_that_is_lifted() -> None:

    version, peer, at = version_of(USCC), recognised(), MARKET_CLOCK.now()

    def depth() -> tuple[str, list[str]]:
        told = depth_facts(version, screen_version(version, at=at), at=at).standing_elsewhere
        return depth_of(DepthFacts(
            verdict="pass", hits=0, category="enterprise", grade="general", personal_data=False, affects_public_safety=False,
            authorisation_registered=True, standing="good", band="B", approved_before=True, standing_elsewhere=told))

    assert depth() == ("green", ["clean_enterprise"])
    take(peer, page(conduct(3, uscc=OTHER), form=STANDINGS), STANDINGS)
    assert "standing_elsewhere" not in depth()[1], "another firm"
    take(peer, page(conduct(4), form=STANDINGS, after=3), STANDINGS)
    assert depth() == ("amber", ["standing_elsewhere"])
    assert Organization.objects.get(pk=version.organization_id).standing == Standing.GOOD, "nobody is punished here for it"
    take(peer, page(conduct(5, "good"), form=STANDINGS, after=4), STANDINGS)
    assert "standing_elsewhere" not in depth()[1]
    take(peer, page(conduct(6), form=STANDINGS, after=5), STANDINGS)
    end_peer(peer=peer, reason="不再互认", actor=regulator(), clock=MARKET_CLOCK)
    assert "standing_elsewhere" not in depth()[1]


@covers("CAP-I5", "R56")
def test_our_own_feed_tells_how_holders_of_public_certificates_stand_and_no_reason() -> None:
    seller, stranger = make_seller(), make_seller()
    Organization.objects.filter(pk=seller.organization.pk).update(uscc=USCC)
    Organization.objects.filter(pk=stranger.organization.pk).update(uscc=OTHER)
    _worsen(seller.organization, Standing.WATCH, Band.C, seller.clock.now())
    make_registered(seller)
    _worsen(seller.organization, Standing.RESTRICTED, Band.D, seller.clock.now())
    _worsen(stranger.organization, Standing.RESTRICTED, Band.D, seller.clock.now())
    drain(clock=seller.clock)
    content = signed_page("standings", -1)["content"]
    told = [(one["act"], one["standing"], one["band"]) for one in content["items"]]
    assert told == [("changed", "watch", "C"), ("issued", "watch", "C"), ("changed", "restricted", "D")]
    assert {one["holder"]["uscc"] for one in content["items"]} == {USCC}, "who is in no public register is not told of"
    assert "不实" not in orjson.dumps(content).decode(), "the reason is the case's own"
    assert signed_page("standings", -1) == signed_page("standings", -1)


def _worsen(organization: Organization, standing: Standing, band: Band, at: datetime) -> None:
    set_standing(organization=organization, standing=standing, band=band, cause_code="FND-1", reason="声明不实",
                 actor=make_actor(Role.REGULATOR), at=at)


# ---- asked by the worker -----------------------------------------------------------------------------------------------------------


class South:
    """The other exchange as it answers over HTTP: two registers, a catalogue with its tag."""

    def __init__(self) -> None:
        self.moves: dict[str, list[dict[str, Any]]] = {"registrations": [], "standings": []}
        self.asked: list[str] = []
        self.broken = False

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        parts = urlsplit(handler.path)
        if self.broken:
            return _send(handler, 503, b"")
        if parts.path == "/api/catalogue.json":
            same = handler.headers.get("If-None-Match") == '"one"'
            return _send(handler, 304 if same else 200, b"" if same else CATALOGUE)
        name = parts.path.split("/")[3]
        after = int(parse_qs(parts.query)["after"][0])
        rest = [one for one in self.moves[name] if one["position"] > after]
        told = page(*rest[:2], form={"registrations": CERTIFICATES, "standings": STANDINGS}[name], after=after, more=len(rest) > 2)
        return _send(handler, 200, orjson.dumps(told))


CATALOGUE = orjson.dumps({"kind": "data-exchange/catalogue/1", "catalogue": {}, "entries": [
    {"identifier": "LST-SOUTH00001", "iri": "https://south.example.org/listings/LST-SOUTH00001/", "titles": {"zh": "南方港口吞吐量"},
     "descriptions": {"zh": "逐日"}}]})


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("ETag", '"one"')
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def south() -> Iterator[tuple[South, Peer]]:
    made = South()
    with receiver() as there:
        there.answer = made.answer
        yield made, recognised(_origin(there))


def _origin(there: Receiver) -> str:
    return f"http://127.0.0.1:{there.port}"


@covers("CAP-I5", "R56")
def test_the_worker_asks_page_by_page_and_goes_on_from_where_it_stopped() -> None:
    with south() as (there, peer):
        there.moves["registrations"] = [certificate(n, f"CRT-SOUTH0000{n}") for n in range(1, 6)]
        there.moves["standings"] = [conduct(2)]
        assert pull_due(clock=MARKET_CLOCK) == 6
        assert pull_due(clock=MARKET_CLOCK) == 0 and len(there.asked) == 5, "it is not due again"
        assert PeerCertificate.objects.count() == 5 and PeerStanding.objects.get().standing == "restricted"
        assert DataResource.objects.filter(region=ORIGIN, title="南方港口吞吐量").count() == 1, "its shelf is found here"
        move(minutes=6)
        there.moves["registrations"].append(certificate(8, "CRT-SOUTH00001", state="frozen"))
        assert pull_due(clock=MARKET_CLOCK) == 1
        assert PeerCertificate.objects.get(code="CRT-SOUTH00001").state == "frozen"
        assert "after=5" in there.asked[5], "from where it stopped"
        peer.refresh_from_db()
        assert (peer.certificates_to, peer.catalogue_tag, peer.fault) == (8, '"one"', "")


@covers("CAP-I5")
def test_who_does_not_answer_is_asked_later_and_later_and_called_silent_after_a_day_and_speaks_again() -> None:
    desk = venue_organization(house_venue())
    with south() as (there, peer):
        there.broken = True
        pull_due(clock=MARKET_CLOCK)
        peer.refresh_from_db()
        assert peer.missed == 1 and "503" in peer.fault and peer.silent_at is None
        waits = []
        for _ in range(9):
            before = peer.due_at
            move(seconds=max(0, (peer.due_at - MARKET_CLOCK.now()).total_seconds()))
            pull_due(clock=MARKET_CLOCK)
            peer.refresh_from_db()
            waits.append((peer.due_at - before).total_seconds() / 60)
        assert waits == sorted(waits) and waits[0] == 10 and waits[-1] == 360
        move(days=1)
        pull_due(clock=MARKET_CLOCK)
        peer.refresh_from_db()
        assert peer.silent_at is not None
        assert Notice.objects.filter(organization=desk, kind="listings.peer.silent").count() == 1
        mark_silent(peer=peer, clock=MARKET_CLOCK)
        assert Record.objects.filter(kind="listings.peer.silent").count() == 1, "once"
        assert "失去应答" in Client().get("/interconnect/").content.decode()
        there.broken = False
        move(days=1)
        pull_due(clock=MARKET_CLOCK)
        peer.refresh_from_db()
        assert (peer.silent_at, peer.missed, peer.fault) == (None, 0, "")


@covers("CAP-I5")
def test_one_exchange_that_lies_does_not_stop_the_others() -> None:
    with south() as (there, _peer), receiver() as other:
        other.answer = South().answer
        liar = recognised(_origin(other), key="11" * 32, origin="liar.example.org")
        there.moves["registrations"] = [certificate(1)]
        assert pull_due(clock=MARKET_CLOCK) == 1
        liar.refresh_from_db()
        assert "signature" in liar.fault or "another exchange" in liar.fault


# ---- the page --------------------------------------------------------------------------------------------------------------------


@covers("CAP-I5")
def test_two_regulators_recognise_and_end_on_the_page_and_a_visitor_reads_who_is_recognised() -> None:
    first, second = (Client() for _ in range(2))
    first.force_login(make_user(Role.REGULATOR))
    second.force_login(make_user(Role.REGULATOR))
    sent = {"name_zh": "南方数据交易所", "name_en": "Southern Data Exchange", "address": "http://127.0.0.1:9", "origin": ORIGIN, "key": KEY}
    faulty = first.post("/interconnect/", sent | {"key": "ab"})
    assert faulty.status_code == 400 and "64 位十六进制" in faulty.content.decode()
    assert first.post("/interconnect/", sent).status_code == 302
    asked = Approval.objects.get(act="listings.peer.decide")
    assert asked.subject in second.get("/interconnect/").content.decode()
    assert asked.subject not in Client().get("/interconnect/").content.decode(), "a proposal is the authority's own"
    assert first.post("/interconnect/", {"decide": asked.subject, "agree": "yes", "reason": "同意"}).status_code == 403
    assert second.post("/interconnect/", {"decide": asked.subject, "agree": "yes", "reason": "已线下核对"}).status_code == 302
    asked.refresh_from_db()
    peer = Peer.objects.get()
    assert asked.status == ApprovalStatus.APPROVED
    for language, name in (("zh-hans", "南方数据交易所"), ("en", "Southern Data Exchange")):
        text = Client(headers={"accept-language": language}).get("/interconnect/").content.decode()
        assert name in text and KEY in text
    assert second.post("/interconnect/", {"end": peer.code, "reason": "对方停业"}).status_code == 302
    assert second.post("/interconnect/", {"end": peer.code, "reason": "对方停业"}).status_code == 409
    assert "对方停业" in Client().get("/interconnect/").content.decode()
